import pytest

from courses import video
from courses.models import VideoProgress
from courses.tests import make

pytestmark = pytest.mark.django_db


def beat(position, played, seq, duration=100):
    return video.Heartbeat(position, duration, played, seq)


@pytest.fixture
def lesson():
    return make.lessons_of(make.course(lessons=1))[0]


def test_reports_merge_into_intervals(alice, lesson):
    for number, played in enumerate([(0, 10), (10, 20), (50, 60), (15, 30)], start=1):
        video.keep(alice, lesson, "v", beat(played[1], played, number))
    row = VideoProgress.objects.get(user=alice)
    assert row.intervals == [[0, 30], [50, 60]]
    assert (row.position, row.duration) == (30, 100)


def test_an_older_report_never_moves_the_position_back(alice, lesson):
    video.keep(alice, lesson, "v", beat(40, (30, 40), 9))
    assert video.keep(alice, lesson, "v", beat(10, (0, 10), 8)) == 40
    assert VideoProgress.objects.get(user=alice).intervals == [[0, 10], [30, 40]]


def test_a_report_is_one_statement(alice, lesson, django_assert_num_queries):
    video.keep(alice, lesson, "v", beat(1, (0, 1), 1))
    with django_assert_num_queries(2):  # the lesson's row, and the upsert
        video.keep(alice, lesson, "v", beat(2, (1, 2), 2))


def test_a_video_seen_to_the_end_starts_over(alice, lesson):
    video.keep(alice, lesson, "v", beat(97, (0, 97), 1))
    video.keep(alice, lesson, "w", beat(50, (0, 50), 1))
    assert video.positions(alice, lesson) == {"w": 50}
