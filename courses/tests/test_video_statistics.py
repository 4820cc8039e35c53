import pytest

from courses import enrolment, reports, video_statistics
from courses.models import Item, VideoProgress
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return make.row_of(make.course(lessons=1))


@pytest.fixture
def item(row):
    return Item.objects.get(course=row)


def played(user, item, intervals, duration=20, block_id="v"):
    enrolment.enrol(user, item.course)
    VideoProgress.objects.create(
        user=user, item=item, block_id=block_id, intervals=intervals, duration=duration
    )


def test_every_five_seconds_say_how_many_played_them(alice, bob, row, item):
    played(alice, item, [[0, 20]])
    played(bob, item, [[0, 6], [9, 10]])
    (found,) = video_statistics.drop_off(row.pk)
    assert (found.block_id, found.seconds, found.viewers) == ("v", 20, 2)
    assert (found.step, found.buckets, found.shares) == (
        5,
        (2, 2, 1, 1),
        [100, 100, 50, 50],
    )
    assert found.average == 100 * 27 // 40
    assert found.stretches == [(0, 10, 2), (10, 20, 1)]


def test_drop_off_counts_what_was_really_played(alice, bob, make_user, row, item):
    played(alice, item, [[0, 200]], 200)  # all of it
    played(bob, item, [[0, 20], [190, 200]], 200)  # jumped to the end
    played(make_user("Carol"), item, [[0, 45]], 200)
    (video,) = video_statistics.drop_off(row.pk)
    assert video.viewers == 3
    assert video.buckets == (*[3] * 4, *[2] * 5, *[1] * 29, *[2] * 2)
    assert video.average == 100 * (200 + 30 + 45) // 600
    assert video.drop == 45
    other = make.course(slug="other", title="Other")
    assert video_statistics.drop_off(other.translation_key) == []


def test_who_opened_it_and_played_nothing_is_no_viewer(alice, bob, row, item):
    played(alice, item, [])
    assert video_statistics.drop_off(row.pk) == []
    played(bob, item, [[2, 4]])
    assert video_statistics.drop_off(row.pk)[0].viewers == 1


def test_a_long_video_has_at_most_360_steps(alice, row, item):
    played(alice, item, [[0, 7200]], duration=7200)
    (found,) = video_statistics.drop_off(row.pk)
    assert (len(found.buckets), found.step) == (360, 20)
    assert set(found.shares) == {100}
    assert found.stretches == [(0, 7200, 1)]
    assert found.drop is None


def test_the_last_step_ends_with_the_video(alice, row, item):
    played(alice, item, [[0, 10], [12, 99]], duration=13)  # a player that said too much
    (found,) = video_statistics.drop_off(row.pk)
    assert found.stretches == [(0, 13, 1)]
    assert found.average == 100 * 11 // 13


def test_only_students_who_joined_in_that_time_count(alice, row, item):
    played(alice, item, [[0, 20]])
    before = reports.Period(until=row.enrolments.get().started_at)
    assert video_statistics.drop_off(row.pk, before) == []


@pytest.mark.parametrize("videos", [1, 8])
def test_one_statement_whatever_the_number(
    make_user, row, item, videos, django_assert_num_queries
):
    for number in range(3):
        user = make_user(f"Viewer{number}")
        for block in range(videos):
            played(user, item, [[0, 5 + number]], block_id=f"v{block}")
    with django_assert_num_queries(1):
        assert len(video_statistics.drop_off(row.pk)) == videos
