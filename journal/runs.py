"""Keep what a worker says about its runs."""

from journal.models import Account, Run
from journal.schemas import RunIn
from worker_api.batches import Counts
from worker_api.problems import ProblemError

FIELDS = ["source", "filename", "sha256", "state", "started_at", "finished_at",
          "rows_read", "rows_rejected", "message"]  # fmt: skip


def put(account: Account, run: RunIn) -> Counts:
    """Create or change the run; 404 when the id is another account's.

    Inside the caller's transaction, which holds the account's lock.
    """
    stored = Run.objects.filter(pk=run.run_id).first()
    values = {name: getattr(run, name) for name in FIELDS}
    if stored is None:
        Run.objects.create(pk=run.run_id, account=account, **values)
        return Counts(created=1)
    if stored.account_id != account.pk:
        raise ProblemError(404, "There is no such run of this account.")
    if all(getattr(stored, name) == value for name, value in values.items()):
        return Counts(unchanged=1)
    Run.objects.filter(pk=run.run_id).update(**values)
    return Counts(updated=1)
