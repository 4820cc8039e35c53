"""Whether a plan can be sold to somebody: a course that takes no new people is not sold.

Those inside a course may go on paying for it. A plan that lists several courses is sold as
long as one of them takes the buyer; the others are not offered on their pages.
"""

from collections.abc import Collection

from accounts.models import User
from billing.models.plans import Plan
from courses import admission


def shut_to(user: User | None) -> frozenset[str]:
    """Keys of the courses that do not take this person, or a visitor. One query."""
    return frozenset(map(str, admission.shut(user)))


def sells(plan: Plan, shut: Collection[str]) -> bool:
    """shut: keys of courses, as of shut_to."""
    if plan.unlocks != Plan.Unlocks.COURSES:
        return True
    return any(str(key) not in shut for key in plan.courses)


def sells_to(user: User, plan: Plan) -> bool:
    """One query for a plan that lists courses, none for others."""
    return plan.unlocks != Plan.Unlocks.COURSES or sells(plan, shut_to(user))
