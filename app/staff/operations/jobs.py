"""What staff do about jobs that failed."""

from app.core import queues
from app.core.audit import record


def retry_job(job_id: str) -> None:
    """Put it back into its queue."""
    record("job.retried", "job", job_id)
    queues.retry(job_id)


def discard_job(job_id: str) -> None:
    """Forget it; what it was to do is not done."""
    record("job.discarded", "job", job_id)
    queues.discard(job_id)
