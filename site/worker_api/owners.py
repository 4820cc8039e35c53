"""What owners see of the machinery in the admin: everything, and change nothing there."""

from accounts.owners import OwnersOnly as OwnersRead

__all__ = ["OwnersRead"]
