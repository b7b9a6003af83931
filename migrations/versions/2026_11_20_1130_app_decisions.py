"""What staff decide about an app, nobody else takes back."""

from alembic import op

from app.core.migrating import guard

revision = "2026_11_20_1130_app_decisions"
down_revision = "2026_11_20_1120_activity"


def upgrade() -> None:
    guard(
        "app",
        "app_decided_by_staff",
        """
        IF current_user = 'guerdon_app' AND (
            OLD.status = 'suspended' AND NEW.status <> 'suspended'
            OR OLD.status = 'pending_review' AND NEW.status = 'active'
        ) THEN
            RAISE EXCEPTION 'Only staff approve and reinstate apps.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'app_decided_by_staff';
        END IF;
        RETURN NEW;
        """,
        when="BEFORE UPDATE OF status",
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER app_decided_by_staff ON app")
    op.execute("DROP FUNCTION app_decided_by_staff()")
