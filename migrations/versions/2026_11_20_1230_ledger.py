"""The ledger: books, transfers, lots."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import APPEND, append_only_table, changing_table, tenant_table

revision = "2026_11_20_1230_ledger"
down_revision = "2026_11_20_1220_events"

# Balances are written here alone: the app has no right to change them. Both owners' books are locked in the order of
# their ids, so that two transfers between the same people wait for each other instead of dying.
POST_TRANSFER = """
CREATE FUNCTION post_transfer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DECLARE
    source account_book;
    target account_book;
    original transfer;
    counts bigint := 0;
    undoes bigint := 0;
BEGIN
    NEW.from_after := NULL; NEW.from_total_after := NULL; NEW.from_entry := NULL;
    NEW.to_after := NULL; NEW.to_total_after := NULL; NEW.to_entry := NULL;
    SELECT * INTO source FROM account_book WHERE workspace_id = NEW.workspace_id AND id = NEW.from_book;
    SELECT * INTO target FROM account_book WHERE workspace_id = NEW.workspace_id AND id = NEW.to_book;
    IF source.id IS NULL OR target.id IS NULL THEN
        RETURN NEW;  -- The foreign keys refuse it.
    END IF;
    IF NEW.reverses IS NOT NULL THEN
        SELECT * INTO original FROM transfer WHERE workspace_id = NEW.workspace_id AND id = NEW.reverses;
        IF original.reverses IS NOT NULL OR original.from_book <> NEW.to_book OR original.to_book <> NEW.from_book
           OR original.amount < NEW.amount THEN
            RAISE EXCEPTION 'A reversal goes the way back of one transfer that is none itself, with no more than it moved.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_reversal_goes_back';
        END IF;
    END IF;
    IF NEW.kind = 'merge' AND NEW.reverses IS NULL AND NOT EXISTS (
        SELECT 1 FROM person WHERE workspace_id = NEW.workspace_id AND id = source.owner_id AND merged_into = target.owner_id
    ) THEN
        RAISE EXCEPTION 'Only a person who became part of another moves their balance there.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_merge_follows_the_person';
    END IF;
    IF source.provenance = 'ad' AND source.owner_kind = 'person' AND target.owner_kind = 'person'
       AND source.owner_id <> target.owner_id AND NEW.kind <> 'merge' AND NEW.reverses IS NULL THEN
        RAISE EXCEPTION 'Points earned by ads stay with who earned them.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_ad_points_stay';
    END IF;
    IF NEW.kind <> 'merge' AND (source.owner_kind, source.owner_id) IS DISTINCT FROM (target.owner_kind, target.owner_id) THEN
        IF NEW.reverses IS NULL THEN counts := NEW.amount; ELSIF original.kind <> 'merge' THEN undoes := NEW.amount; END IF;
    END IF;
    PERFORM 1 FROM account_book
      WHERE workspace_id = NEW.workspace_id AND unit = NEW.unit AND keeps_balance
        AND ((owner_kind = source.owner_kind AND owner_id = source.owner_id)
          OR (owner_kind = target.owner_kind AND owner_id = target.owner_id))
      ORDER BY id FOR UPDATE;
    IF source.keeps_balance THEN
        UPDATE account_book SET balance = balance - NEW.amount, entries = entries + 1,
               lifetime_out = lifetime_out + counts, lifetime_in = lifetime_in - undoes
         WHERE workspace_id = NEW.workspace_id AND id = NEW.from_book RETURNING balance INTO NEW.from_after;
    END IF;
    IF target.keeps_balance THEN
        UPDATE account_book SET balance = balance + NEW.amount, entries = entries + 1,
               lifetime_in = lifetime_in + counts, lifetime_out = lifetime_out - undoes
         WHERE workspace_id = NEW.workspace_id AND id = NEW.to_book RETURNING balance INTO NEW.to_after;
    END IF;
    IF source.keeps_balance THEN
        SELECT sum(balance) FILTER (WHERE purpose = 'available'), sum(entries) INTO NEW.from_total_after, NEW.from_entry
          FROM account_book WHERE workspace_id = NEW.workspace_id AND unit = NEW.unit
           AND owner_kind = source.owner_kind AND owner_id = source.owner_id;
    END IF;
    IF target.keeps_balance THEN
        SELECT sum(balance) FILTER (WHERE purpose = 'available'), sum(entries) INTO NEW.to_total_after, NEW.to_entry
          FROM account_book WHERE workspace_id = NEW.workspace_id AND unit = NEW.unit
           AND owner_kind = target.owner_kind AND owner_id = target.owner_id;
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
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
        sa.Column("balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lifetime_in", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lifetime_out", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("entries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "keeps_balance = (owner_kind <> 'platform')", name=op.f("account_book_platform_keeps_no_balance")
        ),
        sa.CheckConstraint(
            "owner_kind IN ('person', 'workspace', 'platform')", name=op.f("account_book_owner_kind_known")
        ),
        sa.CheckConstraint("provenance ~ '^[a-z][a-z_]{0,39}$'", name=op.f("account_book_provenance_form")),
        sa.CheckConstraint("purpose IN ('available', 'pending', 'reserved')", name=op.f("account_book_purpose_known")),
        sa.CheckConstraint("unit ~ '^(points:[0-9a-f-]{36}|[A-Z]{3})$'", name=op.f("account_book_unit_form")),
        sa.CheckConstraint("balance >= 0", name=op.f("account_book_not_overdrawn")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_account_book_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_account_book")),
        sa.UniqueConstraint("workspace_id", "id", "unit", name="account_book_of_unit"),
        sa.UniqueConstraint(
            "workspace_id", "owner_kind", "owner_id", "unit", "provenance", "purpose", name="account_book_once"
        ),
    )
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
        sa.Column("from_after", sa.BigInteger(), nullable=True),
        sa.Column("to_after", sa.BigInteger(), nullable=True),
        sa.Column("from_total_after", sa.BigInteger(), nullable=True),
        sa.Column("to_total_after", sa.BigInteger(), nullable=True),
        sa.Column("from_entry", sa.BigInteger(), nullable=True),
        sa.Column("to_entry", sa.BigInteger(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("transfer_amount_positive")),
        sa.CheckConstraint("from_book <> to_book", name=op.f("transfer_between_two_books")),
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
    op.create_index(
        "ix_transfer_from",
        "transfer",
        ["workspace_id", "from_book", "from_entry"],
        unique=False,
        postgresql_where=sa.text("from_entry IS NOT NULL"),
    )
    op.create_index(
        "ix_transfer_to",
        "transfer",
        ["workspace_id", "to_book", "to_entry"],
        unique=False,
        postgresql_where=sa.text("to_entry IS NOT NULL"),
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
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("book_id", sa.Uuid(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("point_lot_not_overdrawn")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "book_id"],
            ["account_book.workspace_id", "account_book.id"],
            name=op.f("fk_point_lot_workspace_id_book_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "transfer_id"],
            ["transfer.workspace_id", "transfer.id"],
            name=op.f("fk_point_lot_workspace_id_transfer_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_point_lot_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_point_lot")),
        sa.UniqueConstraint("workspace_id", "transfer_id", name="point_lot_once"),
    )
    op.create_index(
        "ix_point_lot_book",
        "point_lot",
        ["workspace_id", "book_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_point_lot_due", "point_lot", ["expires_at"], unique=False, postgresql_where=sa.text("remaining > 0")
    )
    tenant_table("account_book", "SELECT")
    changing_table("account_book")
    opened_with = "workspace_id, id, owner_kind, owner_id, unit, provenance, purpose, keeps_balance"
    op.execute(f"GRANT INSERT ({opened_with}) ON account_book TO guerdon_app, guerdon_staff")
    # Nothing but the right to lock a row hangs on this one.
    op.execute("GRANT UPDATE (updated_at) ON account_book TO guerdon_app, guerdon_staff")
    tenant_table("transfer", APPEND)
    append_only_table("transfer")
    op.execute(POST_TRANSFER)
    op.execute("CREATE TRIGGER post_transfer BEFORE INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION post_transfer()")
    tenant_table("point_lot", "SELECT, INSERT, UPDATE")
    changing_table("point_lot")


def downgrade() -> None:
    op.drop_table("point_lot")
    op.drop_table("transfer")
    op.drop_table("account_book")
    op.execute("DROP FUNCTION post_transfer()")
