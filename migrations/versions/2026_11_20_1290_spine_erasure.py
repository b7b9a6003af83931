"""Erasing a workspace takes people, events, counts, books and webhooks along."""

from alembic import op

revision = "2026_11_20_1290_spine_erasure"
down_revision = "2026_11_20_1240_webhooks"

ERASE_WORKSPACE = """
CREATE OR REPLACE FUNCTION erase_workspace(doomed uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN
    PERFORM 1 FROM workspace WHERE id = doomed AND deleted_at < now() - interval '30 days' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'This workspace is not due for erasure.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workspace_erased_after_grace';
    END IF;
    DELETE FROM webhook_attempt WHERE workspace_id = doomed;
    DELETE FROM webhook_endpoint WHERE workspace_id = doomed;
    DELETE FROM point_lot WHERE workspace_id = doomed;
    DELETE FROM transfer WHERE workspace_id = doomed;
    DELETE FROM account_book WHERE workspace_id = doomed;
    DELETE FROM holding WHERE workspace_id = doomed;
    DELETE FROM event_rejection WHERE workspace_id = doomed;
    DELETE FROM event_failure WHERE workspace_id = doomed;
    DELETE FROM event_effect WHERE workspace_id = doomed;
    DELETE FROM event_queue WHERE workspace_id = doomed;
    DELETE FROM event_key WHERE workspace_id = doomed;
    DELETE FROM event WHERE workspace_id = doomed;
    DELETE FROM awaited_person WHERE workspace_id = doomed;
    DELETE FROM person_alias WHERE workspace_id = doomed;
    DELETE FROM person WHERE workspace_id = doomed;
    DELETE FROM rollup WHERE workspace_id = doomed;
    DELETE FROM fact WHERE workspace_id = doomed;
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

BEFORE = """
CREATE OR REPLACE FUNCTION erase_workspace(doomed uuid) RETURNS void
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


def downgrade() -> None:
    op.execute(BEFORE)
