import pytest

from courses import video_statistics
from courses.models import Item, VideoProgress
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def item():
    return Item.objects.get(key=make.lessons_of(make.course(lessons=1))[0].key)


def played(user, item, intervals, duration=20, block_id="v"):
    VideoProgress.objects.create(
        user=user, item=item, block_id=block_id, intervals=intervals, duration=duration
    )


def test_each_bucket_says_how_many_played_it(alice, bob, item):
    played(alice, item, [[0, 20]])
    played(bob, item, [[0, 6], [9, 10]])
    (found,) = video_statistics.drop_off(item)
    assert (found.block_id, found.duration, found.viewers) == ("v", 20, 2)
    assert [(b.start, b.end, b.viewers, b.share) for b in found.buckets] == [
        (0, 5, 2, 100),
        (5, 10, 2, 100),
        (10, 15, 1, 50),
        (15, 20, 1, 50),
    ]


def test_who_opened_it_and_played_nothing_is_no_viewer(alice, bob, item):
    played(alice, item, [])
    assert video_statistics.drop_off(item) == []
    played(bob, item, [[2, 4]])
    assert video_statistics.drop_off(item)[0].viewers == 1


def test_a_long_video_has_at_most_200_buckets(alice, item):
    played(alice, item, [[0, 7200]], duration=7200)
    (found,) = video_statistics.drop_off(item)
    assert len(found.buckets) == 200
    assert found.buckets[-1].end == 7200
    assert {bucket.share for bucket in found.buckets} == {100}


def test_the_last_bucket_ends_with_the_video(alice, item):
    played(alice, item, [[0, 10]], duration=13)
    (found,) = video_statistics.drop_off(item)
    assert [(b.start, b.end, b.share) for b in found.buckets] == [
        (0, 5, 100),
        (5, 10, 100),
        (10, 13, 0),
    ]


@pytest.mark.parametrize("videos", [1, 8])
def test_one_statement_whatever_the_number(
    make_user, item, videos, django_assert_num_queries
):
    for number in range(3):
        user = make_user(f"Viewer{number}")
        for block in range(videos):
            played(user, item, [[0, 5 + number]], block_id=f"v{block}")
    with django_assert_num_queries(1):
        assert len(video_statistics.drop_off(item)) == videos
