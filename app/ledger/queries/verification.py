"""Does everything in the books follow from the transfers? Asked set by set, so that millions of rows are no matter."""

from sqlalchemy import text

from app.core.db import session
from app.ledger.entries import Difference

# Each transfer from both sides, with the books that keep a balance as they are, whatever the transfer says of them.
# All checks begin with this.
_SIDES = """
    WITH sides AS (
        SELECT t.workspace_id, t.id, t.number, t.kind, t.lots, 'from' AS side, b.id AS book_id, b.holding_id, b.purpose,
               -t.amount AS change, t.from_holding AS said_holding, t.from_entry AS entry, t.from_after AS after,
               t.from_total_after AS total, t.amount AS amount, t.reverses, o.kind AS undone,
               o_book.holding_id IS NOT DISTINCT FROM b.holding_id AS is_internal
          FROM transfer t
          JOIN account_book b ON b.workspace_id = t.workspace_id AND b.id = t.from_book AND b.keeps_balance
          JOIN account_book o_book ON o_book.workspace_id = t.workspace_id AND o_book.id = t.to_book
          LEFT JOIN transfer o ON o.workspace_id = t.workspace_id AND o.id = t.reverses
        UNION ALL
        SELECT t.workspace_id, t.id, t.number, t.kind, t.lots, 'to', b.id, b.holding_id, b.purpose,
               t.amount, t.to_holding, t.to_entry, t.to_after,
               t.to_total_after, t.amount, t.reverses, o.kind,
               o_book.holding_id IS NOT DISTINCT FROM b.holding_id
          FROM transfer t
          JOIN account_book b ON b.workspace_id = t.workspace_id AND b.id = t.to_book AND b.keeps_balance
          JOIN account_book o_book ON o_book.workspace_id = t.workspace_id AND o_book.id = t.from_book
          LEFT JOIN transfer o ON o.workspace_id = t.workspace_id AND o.id = t.reverses
    )
"""

_BOOKS = """
    , counted AS (
        SELECT *, CASE WHEN kind <> 'merge' AND NOT is_internal AND reverses IS NULL THEN amount ELSE 0 END AS counts,
               CASE WHEN kind <> 'merge' AND NOT is_internal AND undone <> 'merge' THEN amount ELSE 0 END AS undoes
          FROM sides
    ), made AS (
        SELECT workspace_id, book_id, sum(change) AS balance,
               sum(CASE side WHEN 'to' THEN counts ELSE -undoes END) AS lifetime_in,
               sum(CASE side WHEN 'from' THEN counts ELSE -undoes END) AS lifetime_out
          FROM counted GROUP BY workspace_id, book_id
    ), expiring AS (
        SELECT s.workspace_id, s.book_id, sum(sign(s.change) * l.amount) AS expiring
          FROM sides s, jsonb_to_recordset(s.lots) AS l(amount bigint) GROUP BY s.workspace_id, s.book_id
    )
    SELECT b.workspace_id, b.id AS subject, format(
               'The book %s (%s %s, %s, %s, %s) says that its %s is %s; its transfers make it %s.', b.id, b.owner_kind,
               b.owner_id, b.unit, b.provenance, b.purpose, replace(v.name, '_', ' '), v.said, v.made) AS words
      FROM account_book b
      LEFT JOIN made m ON m.workspace_id = b.workspace_id AND m.book_id = b.id
      LEFT JOIN expiring e ON e.workspace_id = b.workspace_id AND e.book_id = b.id
     CROSS JOIN LATERAL (VALUES ('balance', b.balance, coalesce(m.balance, 0)),
                                ('expiring', b.expiring, coalesce(e.expiring, 0)),
                                ('lifetime_in', b.lifetime_in, coalesce(m.lifetime_in, 0)),
                                ('lifetime_out', b.lifetime_out, coalesce(m.lifetime_out, 0))) AS v(name, said, made)
     WHERE v.said <> v.made
"""

_HOLDINGS = """
    , made AS (
        SELECT workspace_id, holding_id, sum(change) FILTER (WHERE purpose = 'available') AS available,
               count(*) AS entries
          FROM sides GROUP BY workspace_id, holding_id
    )
    SELECT h.workspace_id, h.id AS subject, format(
               'The holding %s (%s %s, %s) says that its %s is %s; its transfers make it %s.', h.id, h.owner_kind,
               h.owner_id, h.unit, v.name, v.said, v.made) AS words
      FROM holding h
      LEFT JOIN made m ON m.workspace_id = h.workspace_id AND m.holding_id = h.id
     CROSS JOIN LATERAL (VALUES ('available', h.available, coalesce(m.available, 0)),
                                ('entries', h.entries, coalesce(m.entries, 0))) AS v(name, said, made)
     WHERE v.said <> v.made
"""

_CHAINS = """
    , chained AS (
        SELECT *, row_number() OVER owners AS made_entry, sum(change) OVER books AS made_after,
               sum(CASE purpose WHEN 'available' THEN change ELSE 0 END) OVER owners AS made_total
          FROM sides
        WINDOW owners AS (PARTITION BY workspace_id, holding_id ORDER BY number, entry),
               books AS (PARTITION BY workspace_id, book_id ORDER BY number, entry)
    )
    SELECT c.workspace_id, c.id AS subject, format(
               'The transfer %s says on its %s side that the %s is %s; counted up from the first one it is %s.', c.id,
               c.side, v.name, coalesce(v.said::text, 'empty'), v.made) AS words
      FROM chained c
     CROSS JOIN LATERAL (VALUES ('number of the entry', c.entry, c.made_entry),
                                ('balance of the book after it', c.after, c.made_after),
                                ('total after it', c.total, c.made_total)) AS v(name, said, made)
     WHERE v.said IS DISTINCT FROM v.made
"""

_LOTS = """
    , made AS (
        SELECT s.workspace_id, s.book_id, l.expires_at, sum(sign(s.change) * l.amount) AS remaining
          FROM sides s, jsonb_to_recordset(s.lots) AS l(expires_at timestamptz, amount bigint)
         GROUP BY s.workspace_id, s.book_id, l.expires_at
    )
    SELECT coalesce(p.workspace_id, m.workspace_id) AS workspace_id, coalesce(p.book_id, m.book_id) AS subject, format(
               'Of the book %s %s expires at %s; its transfers make it %s.', coalesce(p.book_id, m.book_id),
               coalesce(p.remaining, 0), coalesce(p.expires_at, m.expires_at), coalesce(m.remaining, 0)) AS words
      FROM point_lot p
      FULL JOIN made m ON m.workspace_id = p.workspace_id AND m.book_id = p.book_id AND m.expires_at = p.expires_at
     WHERE coalesce(p.remaining, 0) <> coalesce(m.remaining, 0)
"""

_WITHIN = """
    SELECT b.workspace_id, b.id AS subject, format(
               'The book %s holds %s, of which %s expires.', b.id, b.balance, b.expiring) AS words
      FROM account_book b WHERE b.balance < 0 OR b.expiring < 0 OR b.expiring > b.balance
"""

_PLACES = """
    SELECT b.workspace_id, b.id AS subject, format(
               'The book %s of %s %s in %s does not lie in the holding of its owner.', b.id, b.owner_kind, b.owner_id,
               b.unit) AS words
      FROM account_book b
      LEFT JOIN holding h ON h.workspace_id = b.workspace_id AND h.id = b.holding_id AND h.owner_kind = b.owner_kind
                         AND h.owner_id = b.owner_id AND h.unit = b.unit
     WHERE b.keeps_balance <> (b.owner_kind <> 'platform') OR b.keeps_balance <> (h.id IS NOT NULL)
        OR (b.holding_id IS NULL) <> (h.id IS NULL)
"""

_TRANSFERS = """
    SELECT t.workspace_id, t.id AS subject, format('The transfer %s %s.', t.id, broken.rule) AS words
      FROM transfer t
      LEFT JOIN account_book s ON s.workspace_id = t.workspace_id AND s.id = t.from_book
      LEFT JOIN account_book d ON d.workspace_id = t.workspace_id AND d.id = t.to_book
      LEFT JOIN transfer o ON o.workspace_id = t.workspace_id AND o.id = t.reverses
     CROSS JOIN LATERAL (VALUES
        (s.id IS NULL OR d.id IS NULL, 'names a book that does not exist'),
        (s.unit <> t.unit OR d.unit <> t.unit, 'moves between books of different units'),
        (t.amount < 1 OR t.from_book = t.to_book, 'moves nothing'),
        (t.from_holding IS DISTINCT FROM s.holding_id OR t.to_holding IS DISTINCT FROM d.holding_id,
         'names a holding that is not that of its book'),
        (s.holding_id IS NULL AND coalesce(t.from_entry, t.from_after, t.from_total_after) IS NOT NULL
         OR d.holding_id IS NULL AND coalesce(t.to_entry, t.to_after, t.to_total_after) IS NOT NULL,
         'says what a book holds that keeps no balance'),
        (t.reverses IS NOT NULL AND (o.id IS NULL OR o.reverses IS NOT NULL OR o.from_book <> t.to_book
                                     OR o.to_book <> t.from_book OR o.amount < t.amount),
         'reverses what it is no mirror of'),
        ((t.kind = 'reversal') <> (t.reverses IS NOT NULL), 'is a reversal by its name alone, or not by its name'),
        (s.provenance = 'ad' AND s.owner_kind = 'person' AND d.owner_kind = 'person' AND t.reverses IS NULL
         AND t.kind <> 'merge' AND (s.owner_id <> d.owner_id OR d.provenance <> 'ad'),
         'gives points earned by ads to another person')
     ) AS broken(is_so, rule)
     WHERE broken.is_so
"""

CHECKS = {
    "transfers": _TRANSFERS,
    "books": _BOOKS,
    "holdings": _HOLDINGS,
    "places": _PLACES,
    "entries": _CHAINS,
    "lots": _LOTS,
    "bounds": _WITHIN,
}


def verify() -> list[Difference]:
    """Everything that does not follow from the transfers, in the current workspace, or as staff in all of them."""
    return [
        Difference(row.workspace_id, rule, str(row.subject), row.words)
        for rule, statement in CHECKS.items()
        for row in session.execute(text(_SIDES + statement))
    ]
