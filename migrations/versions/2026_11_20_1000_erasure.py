"""The one way to take a whole workspace away."""

from alembic import op

revision = "2026_11_20_1000_erasure"
down_revision = "2026_11_20_0950_notifications"

# Children before parents; a test holds this list against the catalogue.
ERASE_WORKSPACE = """
CREATE FUNCTION erase_workspace(doomed uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN
    PERFORM 1 FROM workspace WHERE id = doomed AND deleted_at < now() - interval '30 days' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'This workspace is not due for erasure.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workspace_erased_after_grace';
    END IF;
    DELETE FROM notification WHERE workspace_id = doomed;
    DELETE FROM api_key WHERE workspace_id = doomed;
    DELETE FROM app WHERE workspace_id = doomed;
    DELETE FROM idempotency_key WHERE workspace_id = doomed;
    DELETE FROM outbox_message WHERE workspace_id = doomed;
    DELETE FROM audit_entry WHERE workspace_id = doomed;
    DELETE FROM public_link WHERE workspace_id = doomed;
    DELETE FROM staff_visit WHERE workspace_id = doomed;
    DELETE FROM team_invite WHERE workspace_id = doomed;
    DELETE FROM membership WHERE workspace_id = doomed;
    DELETE FROM workspace WHERE id = doomed;
END $$
"""


def upgrade() -> None:
    op.execute(ERASE_WORKSPACE)
    op.execute("REVOKE ALL ON FUNCTION erase_workspace(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION erase_workspace(uuid) TO guerdon_staff")


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_workspace(uuid)")
