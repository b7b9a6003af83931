"""The ledger: holdings, books, transfers, lots."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import APPEND, append_only_table, tenant_table

revision = "2026_11_20_1230_ledger"
down_revision = "2026_11_20_1220_events"

# What never changes of a book is checked here, as it is opened: a CHECK would be asked again at every transfer.
# A book that keeps a balance lies in its owner's holding of the unit. Two first books of one owner that are opened at
# once wait for each other at the unique key of the holding, so there is one row to lock from the beginning.
OPEN_BOOK = """
CREATE FUNCTION open_book() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DECLARE
    broken text := CASE
        WHEN NEW.owner_kind NOT IN ('person', 'workspace', 'platform') THEN 'account_book_owner_kind_known'
        WHEN NEW.keeps_balance <> (NEW.owner_kind <> 'platform') THEN 'account_book_platform_keeps_no_balance'
        WHEN NEW.unit !~ '^(points:[0-9a-f-]{36}|[A-Z]{3})$' THEN 'account_book_unit_form'
        WHEN NEW.provenance !~ '^[a-z][a-z_]{0,39}$' THEN 'account_book_provenance_form'
        WHEN NEW.purpose NOT IN ('available', 'pending', 'reserved') THEN 'account_book_purpose_known'
    END;
BEGIN
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'A book is not opened like this: %.', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    NEW.holding_id := NULL;
    IF NEW.keeps_balance THEN
        INSERT INTO holding (workspace_id, id, owner_kind, owner_id, unit)
        VALUES (NEW.workspace_id, NEW.id, NEW.owner_kind, NEW.owner_id, NEW.unit)
        ON CONFLICT ON CONSTRAINT holding_once DO NOTHING;
        SELECT id INTO NEW.holding_id FROM holding
         WHERE workspace_id = NEW.workspace_id AND owner_kind = NEW.owner_kind
           AND owner_id = NEW.owner_id AND unit = NEW.unit;
    END IF;
    RETURN NEW;
END $$
"""

# Who a person is by now, whomever they joined.
ROOT_OF_PERSON = """
CREATE FUNCTION root_of_person(workspace uuid, person_id uuid) RETURNS uuid LANGUAGE sql STABLE AS
$$ WITH RECURSIVE up (id, merged_into) AS (
       SELECT id, merged_into FROM person WHERE workspace_id = workspace AND id = person_id
       UNION
       SELECT p.id, p.merged_into FROM person p JOIN up ON p.workspace_id = workspace AND p.id = up.merged_into
   ) SELECT id FROM up WHERE merged_into IS NULL $$
"""

# Before a transfer is written: lock both owners, check the rules, write down what will be. Nothing is booked yet,
# because a row that ON CONFLICT leaves out has come by here too. Owners are locked in the order of their ids, so that
# two transfers between the same people wait for each other instead of dying; a holding is locked before its books.
WEIGH_TRANSFER = """
CREATE FUNCTION weigh_transfer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DECLARE
    s_holding uuid; s_kind text; s_owner uuid; s_provenance text; s_purpose text; s_balance bigint;
    t_holding uuid; t_kind text; t_owner uuid; t_provenance text; t_purpose text; t_balance bigint;
    s_total bigint; s_entries bigint; t_total bigint; t_entries bigint;
    first_is_source boolean;
    broken text := CASE
        WHEN NEW.amount > 1000000000000000 THEN 'transfer_amount_bounded'
        WHEN NEW.from_book = NEW.to_book THEN 'transfer_between_two_books'
        WHEN NEW.kind !~ '^[a-z][a-z_]{0,39}$' THEN 'transfer_kind_form'
        WHEN (NEW.kind = 'reversal') <> (NEW.reverses IS NOT NULL) THEN 'transfer_reversal_names_its_transfer'
        WHEN length(NEW.cause_kind) NOT BETWEEN 1 AND 40 OR length(NEW.cause_id) > 255 THEN 'transfer_cause_length'
    END;
BEGIN
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'A transfer is not written like this: %.', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = broken;
    END IF;
    NEW.number := 0; NEW.from_holding := NULL; NEW.to_holding := NULL;
    NEW.from_after := NULL; NEW.from_total_after := NULL; NEW.from_entry := NULL;
    NEW.to_after := NULL; NEW.to_total_after := NULL; NEW.to_entry := NULL;
    SELECT s.holding_id, s.owner_kind, s.owner_id, s.provenance, s.purpose,
           t.holding_id, t.owner_kind, t.owner_id, t.provenance, t.purpose
      INTO s_holding, s_kind, s_owner, s_provenance, s_purpose, t_holding, t_kind, t_owner, t_provenance, t_purpose
      FROM account_book s, account_book t
     WHERE s.workspace_id = NEW.workspace_id AND s.id = NEW.from_book
       AND t.workspace_id = NEW.workspace_id AND t.id = NEW.to_book;
    IF NOT FOUND THEN
        RETURN NEW;  -- The foreign keys refuse it.
    END IF;
    IF NEW.reverses IS NOT NULL THEN
        IF NOT EXISTS (
            SELECT 1 FROM transfer WHERE workspace_id = NEW.workspace_id AND id = NEW.reverses AND reverses IS NULL
               AND from_book = NEW.to_book AND to_book = NEW.from_book AND amount >= NEW.amount
        ) THEN
            RAISE EXCEPTION 'A reversal goes the way back of one transfer that is none itself, with no more than it moved.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_reversal_goes_back';
        END IF;
    ELSIF NEW.kind = 'merge' THEN
        IF s_kind <> 'person' OR t_kind <> 'person' OR s_provenance <> t_provenance OR s_purpose <> t_purpose
           OR (root_of_person(NEW.workspace_id, s_owner) = root_of_person(NEW.workspace_id, t_owner)) IS NOT TRUE THEN
            RAISE EXCEPTION 'A balance is moved this way only among the parts of one joined person.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_merge_within_one_person';
        END IF;
    ELSIF s_provenance = 'ad' AND s_kind = 'person' AND t_kind = 'person'
          AND (s_owner <> t_owner OR t_provenance <> 'ad') THEN
        RAISE EXCEPTION 'Points earned by ads stay with who earned them, and stay what they are.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_ad_points_stay';
    END IF;
    first_is_source := s_holding IS NOT NULL AND (t_holding IS NULL OR s_owner <= t_owner);
    IF first_is_source THEN
        SELECT h.available, h.entries, b.balance INTO s_total, s_entries, s_balance FROM holding h, account_book b
         WHERE h.workspace_id = NEW.workspace_id AND h.id = s_holding
           AND b.workspace_id = NEW.workspace_id AND b.id = NEW.from_book FOR NO KEY UPDATE;
    END IF;
    IF t_holding IS NOT NULL THEN
        SELECT h.available, h.entries, b.balance INTO t_total, t_entries, t_balance FROM holding h, account_book b
         WHERE h.workspace_id = NEW.workspace_id AND h.id = t_holding
           AND b.workspace_id = NEW.workspace_id AND b.id = NEW.to_book FOR NO KEY UPDATE;
    END IF;
    IF s_holding IS NOT NULL AND NOT first_is_source THEN
        SELECT h.available, h.entries, b.balance INTO s_total, s_entries, s_balance FROM holding h, account_book b
         WHERE h.workspace_id = NEW.workspace_id AND h.id = s_holding
           AND b.workspace_id = NEW.workspace_id AND b.id = NEW.from_book FOR NO KEY UPDATE;
    END IF;
    -- Under the locks, so that the order of all transfers agrees with the order of each owner's entries.
    NEW.number := nextval('transfer_number');
    IF s_holding IS NOT NULL THEN
        NEW.from_holding := s_holding;
        NEW.from_after := s_balance - NEW.amount;
        NEW.from_total_after := s_total - CASE s_purpose WHEN 'available' THEN NEW.amount ELSE 0 END;
        NEW.from_entry := s_entries + 1;
    END IF;
    IF t_holding IS NOT NULL THEN
        IF t_holding = s_holding THEN
            t_total := NEW.from_total_after; t_entries := NEW.from_entry;
        END IF;
        NEW.to_holding := t_holding;
        NEW.to_after := t_balance + NEW.amount;
        NEW.to_total_after := t_total + CASE t_purpose WHEN 'available' THEN NEW.amount ELSE 0 END;
        NEW.to_entry := t_entries + 1;
    END IF;
    RETURN NEW;
END $$
"""

# After a transfer was written: book it. Balances are changed here alone; the app has no right to.
POST_TRANSFER = """
CREATE FUNCTION post_transfer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DECLARE
    counts bigint := 0;
    undoes bigint := 0;
    expires bigint := 0;
BEGIN
    IF NEW.kind <> 'merge' AND NEW.from_holding IS DISTINCT FROM NEW.to_holding THEN
        IF NEW.reverses IS NULL THEN
            counts := NEW.amount;
        ELSIF NOT EXISTS (
            SELECT 1 FROM transfer WHERE workspace_id = NEW.workspace_id AND id = NEW.reverses AND kind = 'merge'
        ) THEN
            undoes := NEW.amount;
        END IF;
    END IF;
    IF NEW.lots IS NOT NULL THEN
        expires := move_lots(NEW.workspace_id, NEW.amount, NEW.lots,
            CASE WHEN NEW.from_holding IS NOT NULL THEN NEW.from_book END,
            CASE WHEN NEW.to_holding IS NOT NULL THEN NEW.to_book END);
    END IF;
    IF NEW.from_holding IS NOT NULL THEN
        UPDATE account_book SET balance = NEW.from_after, expiring = expiring - expires,
               lifetime_out = lifetime_out + counts, lifetime_in = lifetime_in - undoes
         WHERE workspace_id = NEW.workspace_id AND id = NEW.from_book;
        UPDATE holding SET available = NEW.from_total_after, entries = NEW.from_entry
         WHERE workspace_id = NEW.workspace_id AND id = NEW.from_holding AND entries = NEW.from_entry - 1;
        IF NOT FOUND THEN
            PERFORM refuse_transfers_at_once();
        END IF;
    END IF;
    IF NEW.to_holding IS NOT NULL THEN
        UPDATE account_book SET balance = NEW.to_after, expiring = expiring + expires,
               lifetime_in = lifetime_in + counts, lifetime_out = lifetime_out - undoes
         WHERE workspace_id = NEW.workspace_id AND id = NEW.to_book;
        UPDATE holding SET available = NEW.to_total_after, entries = NEW.to_entry
         WHERE workspace_id = NEW.workspace_id AND id = NEW.to_holding AND entries = NEW.to_entry - 1;
        IF NOT FOUND THEN
            PERFORM refuse_transfers_at_once();
        END IF;
    END IF;
    RETURN NULL;
END $$
"""

# Of several rows in one statement each is weighed before any is posted: the second of one owner was weighed wrongly.
REFUSE_TRANSFERS_AT_ONCE = """
CREATE FUNCTION refuse_transfers_at_once() RETURNS void LANGUAGE plpgsql AS
$$ BEGIN
    RAISE EXCEPTION 'Two transfers of one owner are two statements.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_one_at_a_time';
END $$
"""

# What expires on one side expires on the other: the parts of an amount travel with it.
MOVE_LOTS = """
CREATE FUNCTION move_lots(workspace uuid, amount bigint, lots jsonb, source uuid, target uuid) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS
$$ DECLARE
    parts int; moved bigint; least_part bigint; taken int;
BEGIN
    SELECT count(*), sum(l.amount), min(l.amount) INTO parts, moved, least_part
      FROM jsonb_to_recordset(lots) AS l(expires_at timestamptz, amount bigint);
    IF parts = 0 OR moved > amount OR least_part < 1
       OR EXISTS (SELECT 1 FROM jsonb_to_recordset(lots) AS l(expires_at timestamptz, amount bigint)
                   WHERE l.expires_at IS NULL OR l.amount IS NULL)
       OR parts > (SELECT count(DISTINCT l.expires_at) FROM jsonb_to_recordset(lots) AS l(expires_at timestamptz)) THEN
        RAISE EXCEPTION 'The expiring parts of a transfer are no more than its amount, one for each moment.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_lots_within_amount';
    END IF;
    IF source IS NOT NULL THEN
        UPDATE point_lot p SET remaining = p.remaining - l.amount
          FROM jsonb_to_recordset(lots) AS l(expires_at timestamptz, amount bigint)
         WHERE p.workspace_id = workspace AND p.book_id = source AND p.expires_at = l.expires_at;
        GET DIAGNOSTICS taken = ROW_COUNT;
        IF taken < parts THEN
            RAISE EXCEPTION 'The book has nothing that expires then.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'point_lot_not_overdrawn';
        END IF;
    END IF;
    IF target IS NOT NULL THEN
        INSERT INTO point_lot AS p (workspace_id, book_id, expires_at, remaining)
        SELECT workspace, target, l.expires_at, l.amount
          FROM jsonb_to_recordset(lots) AS l(expires_at timestamptz, amount bigint)
        ON CONFLICT (workspace_id, book_id, expires_at) DO UPDATE SET remaining = p.remaining + excluded.remaining;
    END IF;
    RETURN moved;
END $$
"""

# Whoever spends must know what is there and keep it so. Locking needs the right to change, which the app has not; so
# it asks here. A statement of its own reads after the lock was got, and therefore sees what those before left.
BOOKS_UNDER_LOCK = """
CREATE FUNCTION books_under_lock(holdings uuid[])
RETURNS TABLE (holding_id uuid, owner_kind text, owner_id uuid, unit text, book_id uuid, provenance text, purpose text,
               balance bigint, expiring bigint, expires_at timestamptz, remaining bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN
    PERFORM 1 FROM holding h WHERE h.workspace_id = tenant_id() AND h.id = ANY (holdings)
      ORDER BY h.owner_id, h.id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT b.holding_id, b.owner_kind, b.owner_id, b.unit, b.id, b.provenance, b.purpose, b.balance, b.expiring,
           l.expires_at, l.remaining
      FROM account_book b
      LEFT JOIN point_lot l ON l.workspace_id = b.workspace_id AND l.book_id = b.id AND l.remaining > 0 AND b.expiring > 0
     WHERE b.workspace_id = tenant_id() AND b.holding_id = ANY (holdings)
     ORDER BY b.id, l.expires_at;
END $$
"""

FUNCTIONS = {
    "open_book()": OPEN_BOOK,
    "root_of_person(uuid, uuid)": ROOT_OF_PERSON,
    "weigh_transfer()": WEIGH_TRANSFER,
    "refuse_transfers_at_once()": REFUSE_TRANSFERS_AT_ONCE,
    "move_lots(uuid, bigint, jsonb, uuid, uuid)": MOVE_LOTS,
    "post_transfer()": POST_TRANSFER,
    "books_under_lock(uuid[])": BOOKS_UNDER_LOCK,
}


def upgrade() -> None:
    op.create_table(
        "holding",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("available", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("entries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_holding_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_holding")),
        sa.UniqueConstraint("workspace_id", "owner_kind", "owner_id", "unit", name="holding_once"),
    )
    op.create_table(
        "account_book",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("keeps_balance", sa.Boolean(), nullable=False),
        sa.Column("holding_id", sa.Uuid(), nullable=True),
        sa.Column("balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("expiring", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lifetime_in", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lifetime_out", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("account_book_not_overdrawn")),
        sa.CheckConstraint(
            "expiring BETWEEN 0 AND greatest(balance, 0)", name=op.f("account_book_lots_within_balance")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_account_book_workspace_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "holding_id"],
            ["holding.workspace_id", "holding.id"],
            name=op.f("fk_account_book_workspace_id_holding_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_account_book")),
        sa.UniqueConstraint("workspace_id", "id", "unit", name="account_book_of_unit"),
        sa.UniqueConstraint(
            "workspace_id", "owner_kind", "owner_id", "unit", "provenance", "purpose", name="account_book_once"
        ),
    )
    op.create_index("ix_holding_unit", "holding", ["workspace_id", "unit", "id"], unique=False)
    op.create_index("ix_account_book_holding", "account_book", ["workspace_id", "holding_id"], unique=False)
    op.create_table(
        "transfer",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_book", sa.Uuid(), nullable=False),
        sa.Column("to_book", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.Column("cause_part", sa.SmallInteger(), nullable=False),
        sa.Column("reverses", sa.Uuid(), nullable=True),
        sa.Column("lots", postgresql.JSONB(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("from_holding", sa.Uuid(), nullable=True),
        sa.Column("to_holding", sa.Uuid(), nullable=True),
        sa.Column("from_after", sa.BigInteger(), nullable=True),
        sa.Column("to_after", sa.BigInteger(), nullable=True),
        sa.Column("from_total_after", sa.BigInteger(), nullable=True),
        sa.Column("to_total_after", sa.BigInteger(), nullable=True),
        sa.Column("from_entry", sa.BigInteger(), nullable=True),
        sa.Column("to_entry", sa.BigInteger(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("transfer_amount_positive")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "from_book", "unit"],
            ["account_book.workspace_id", "account_book.id", "account_book.unit"],
            name="transfer_from_book_of_unit",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "reverses"],
            ["transfer.workspace_id", "transfer.id"],
            name=op.f("fk_transfer_workspace_id_reverses"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "to_book", "unit"],
            ["account_book.workspace_id", "account_book.id", "account_book.unit"],
            name="transfer_to_book_of_unit",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("workspace_id", "cause_kind", "cause_id", "cause_part", name="transfer_cause_once"),
    )
    op.create_index("ix_transfer_kind", "transfer", ["workspace_id", "unit", "kind", "number"], unique=False)
    for side in ("from", "to"):
        op.create_index(
            f"ix_transfer_{side}",
            "transfer",
            ["workspace_id", f"{side}_holding", "number"],
            unique=False,
            postgresql_where=sa.text(f"{side}_holding IS NOT NULL"),
        )
    op.create_index(
        "transfer_reversed_once",
        "transfer",
        ["workspace_id", "reverses"],
        unique=True,
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.create_table(
        "point_lot",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("point_lot_not_overdrawn")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "book_id"],
            ["account_book.workspace_id", "account_book.id"],
            name=op.f("fk_point_lot_workspace_id_book_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "book_id", "expires_at", name=op.f("pk_point_lot")),
    )
    op.create_index(
        "ix_point_lot_due", "point_lot", ["expires_at"], unique=False, postgresql_where=sa.text("remaining > 0")
    )
    op.execute("CREATE SEQUENCE transfer_number")
    # Every transfer rewrites two of these rows: with room beside them no index has to be touched.
    for table in ("holding", "account_book", "point_lot"):
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)")
    tenant_table("holding", "SELECT")
    tenant_table("account_book", "SELECT")
    opened_with = "workspace_id, id, owner_kind, owner_id, unit, provenance, purpose, keeps_balance"
    op.execute(f"GRANT INSERT ({opened_with}) ON account_book TO guerdon_app, guerdon_staff")
    tenant_table("transfer", APPEND)
    append_only_table("transfer")
    tenant_table("point_lot", "SELECT")
    for definition in FUNCTIONS.values():
        op.execute(definition)
    op.execute(
        "REVOKE ALL ON FUNCTION move_lots(uuid, bigint, jsonb, uuid, uuid), books_under_lock(uuid[]) FROM PUBLIC"
    )
    op.execute("GRANT EXECUTE ON FUNCTION books_under_lock(uuid[]) TO guerdon_app")
    op.execute("CREATE TRIGGER open_book BEFORE INSERT ON account_book FOR EACH ROW EXECUTE FUNCTION open_book()")
    op.execute("CREATE TRIGGER weigh_transfer BEFORE INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION weigh_transfer()")
    op.execute("CREATE TRIGGER post_transfer AFTER INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION post_transfer()")


def downgrade() -> None:
    for table in ("point_lot", "transfer", "account_book", "holding"):
        op.drop_table(table)
    op.execute("DROP SEQUENCE transfer_number")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
