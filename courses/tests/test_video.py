from datetime import timedelta

import pytest
from django.utils.timezone import now

from courses import progress, video
from courses.models import ItemProgress, VideoProgress
from courses.tests import make

pytestmark = pytest.mark.django_db
FILM = video.Video("v", "file:1")
SIX = [(0, 10), (10, 20), (20, 30), (30, 40), (40, 50), (50, 60)]


def beat(position, played, seq, duration=100):
    return video.Heartbeat(position, duration, (played,) if played else (), seq)


def wait(seconds):
    """Move what is known into the past, as if the clock went on."""
    for row in VideoProgress.objects.all():
        VideoProgress.objects.filter(pk=row.pk).update(
            updated_at=row.updated_at - timedelta(seconds=seconds)
        )


def play(user, lesson, stretches, media=FILM, duration=100):
    """Report stretches as an honest player does; the last answer."""
    for number, (start, end) in enumerate(stretches, start=1):
        answer = video.keep(
            user, lesson, media, beat(end, (start, end), number, duration)
        )
        wait(end - start)
    return answer


@pytest.fixture
def lesson():
    return make.lessons_of(make.course(lessons=1))[0]


def test_reports_merge_into_intervals(alice, lesson):
    answer = play(alice, lesson, [(0, 10), (10, 20), (50, 60), (15, 30)])
    row = VideoProgress.objects.get(user=alice)
    assert row.intervals == [[0, 30], [50, 60]]
    assert (row.position, row.duration) == (30, 100)
    assert (answer.percent, answer.before, answer.refused) == (40, 30, False)


def test_many_stretches_come_in_one_report(alice, lesson):
    played = ((0, 3), (7, 9))
    video.keep(alice, lesson, FILM, video.Heartbeat(9, 100, played, 1))
    assert VideoProgress.objects.get(user=alice).intervals == [[0, 3], [7, 9]]


def test_an_older_report_never_moves_the_position_back(alice, lesson):
    video.keep(alice, lesson, FILM, beat(40, (30, 40), 9))
    wait(10)
    assert video.keep(alice, lesson, FILM, beat(10, (0, 10), 8)).position == 40
    assert VideoProgress.objects.get(user=alice).intervals == [[0, 10], [30, 40]]


def test_a_report_is_one_statement(alice, lesson, django_assert_num_queries):
    for number in (1, 2):
        with django_assert_num_queries(1):
            video.keep(alice, lesson, FILM, beat(number, (number - 1, number), number))


def test_a_video_seen_to_the_end_starts_over(alice, lesson):
    play(alice, lesson, [(90, 97)])
    play(alice, lesson, [(45, 50)], video.Video("w"))
    found = video.watched(alice, lesson)
    assert (found["v"].position, found["w"].position) == (0, 50)


def test_more_seconds_than_the_clock_allows_are_refused(alice, lesson):
    first = video.keep(alice, lesson, FILM, beat(100, (0, 100), 1))
    assert (first.refused, first.percent) == (True, 0)
    wait(10)  # 15 given at first, and 10 seconds of at most 2.5 each
    assert not video.keep(alice, lesson, FILM, beat(40, (0, 40), 2)).refused
    assert video.keep(alice, lesson, FILM, beat(60, (40, 60), 3)).refused
    assert VideoProgress.objects.get(user=alice).intervals == [[0, 40]]


def test_reports_in_a_burst_share_one_credit(alice, lesson):
    answers = [
        video.keep(alice, lesson, FILM, beat(n + 10, (n, n + 10), n))
        for n in range(0, 100, 10)
    ]
    assert [answer.refused for answer in answers] == [False, *[True] * 9]


def test_a_report_sent_twice_counts_once_and_costs_nothing(alice, lesson):
    for number in range(5):
        answer = video.keep(alice, lesson, FILM, beat(12, (0, 12), number))
    assert (answer.refused, answer.percent) == (False, 12)


def test_playing_at_double_speed_is_honest(alice, lesson):
    for number in range(10):
        answer = video.keep(
            alice, lesson, FILM, beat(0, (number * 10, number * 10 + 10), number)
        )
        wait(5)
    assert (answer.refused, answer.percent) == (False, 100)


def test_a_duration_that_changes_is_refused(alice, lesson):
    play(alice, lesson, [(0, 10)])
    answer = video.keep(alice, lesson, FILM, beat(10, (10, 20), 2, duration=20))
    assert answer.refused
    row = VideoProgress.objects.get(user=alice)
    assert (row.duration, row.intervals) == (100, [[0, 10]])


def test_the_length_the_school_knows_decides(alice, lesson):
    known = video.Video("v", "file:1", length=600)
    assert video.keep(alice, lesson, known, beat(1, (0, 1), 1, duration=1)).refused
    assert not VideoProgress.objects.exists()
    assert not video.keep(
        alice, lesson, known, beat(9, (0, 9), 1, duration=602)
    ).refused
    assert VideoProgress.objects.get().duration == 600


def test_another_video_in_the_block_starts_over(alice, lesson):
    play(alice, lesson, [(0, 10), (10, 20)])
    other = video.Video("v", "file:2")
    answer = video.keep(alice, lesson, other, beat(5, (0, 5), 1, duration=50))
    assert (answer.refused, answer.before) == (False, 0)
    row = VideoProgress.objects.get()
    assert (row.duration, row.intervals, row.position) == (50, [[0, 5]], 5)


def test_the_same_film_in_another_language_goes_on(alice, lesson):
    play(alice, lesson, [(0, 10), (10, 20)])
    dubbed = video.Video("v", "file:2")
    answer = video.keep(alice, lesson, dubbed, beat(25, (20, 25), 9, duration=101))
    assert (answer.percent, answer.before) == (25, 20)


def test_a_lesson_without_row_gets_one(alice, lesson):
    from courses.models import Item

    Item.objects.filter(key=lesson.key).delete()
    video.keep(alice, lesson, FILM, beat(1, (0, 1), 1))
    assert VideoProgress.objects.get().item_id == lesson.key


def film(**value):
    full = {
        "title": "1R",
        "file": None,
        "provider": "youtube",
        "video_id": "aqz-KE-bpKQ",
        "poster": None,
        "captions": None,
        "transcript": "",
        "length": "1:00",
    }
    return {"type": "video", "id": "v", "value": {**full, **value}}


def played_lesson(completion, **fields):
    course = make.course(lessons=1)
    module = course.get_children().first().specific
    body = [film(), make.quiz()]
    return make.lesson(module, title="Film", body=body, completion=completion, **fields)


@pytest.fixture
def student(alice, client_of):
    from courses import enrolment
    from courses.models import Course

    def enter(lesson):
        course = Course.objects.get(key=lesson.place.course.translation_key)
        enrolment.enrol(alice, course)
        return client_of(alice)

    return enter


def report(client, lesson, start, end, seq):
    from django.urls import reverse

    body = {"position": end, "duration": 60, "played": f"{start}-{end}", "seq": seq}
    answer = client.post(reverse("courses:watch", args=[lesson.pk, "v"]), body)
    wait(end - start)
    return answer


def test_the_share_played_finishes_the_lesson(student, alice):
    lesson = played_lesson("video", watch_percent=80)
    client = student(lesson)
    answers = [report(client, lesson, a, b, n) for n, (a, b) in enumerate(SIX)]
    assert [answer.json()["done"] for answer in answers] == [False] * 4 + [True, False]
    row = ItemProgress.objects.get(user=alice)
    assert (row.state, row.completed_by) == ("done", "video")


def test_skipping_to_the_end_finishes_nothing(student, alice):
    lesson = played_lesson("video")
    client = student(lesson)
    report(client, lesson, 0, 2, 1)
    assert report(client, lesson, 2, 60, 2).status_code == 409
    assert report(client, lesson, 58, 60, 3).json()["percent"] < 10
    client.post(f"/learn/lessons/{lesson.pk}/done/")
    assert not ItemProgress.objects.filter(user=alice, state="done").exists()


def test_a_report_that_reaches_nothing_asks_nothing(alice, django_assert_num_queries):
    lesson = played_lesson("video")
    for before, percent in [(10, 50), (95, 100)]:
        with django_assert_num_queries(0):
            told = video.Watched(1, percent=percent, before=before)
            assert not progress.video_watched(alice, lesson, told)


@pytest.mark.parametrize("first", ["video", "quiz"])
def test_video_and_quiz_are_both_needed(student, alice, first):
    lesson = played_lesson("video+quiz", watch_percent=50)
    client = student(lesson)

    def watch():
        for number, (start, end) in enumerate(SIX):
            report(client, lesson, start, end, number)

    def answer():
        from courses import quiz

        quiz.submit(alice, lesson, "quiz-r", make.RIGHT)

    steps = [watch, answer] if first == "video" else [answer, watch]
    steps[0]()
    assert not ItemProgress.objects.filter(user=alice, state="done").exists()
    steps[1]()
    assert ItemProgress.objects.get(user=alice).state == "done"


@pytest.mark.parametrize("first", ["view", "quiz"])
def test_reading_and_quiz_are_both_needed(student, alice, first):
    from courses import quiz

    lesson = played_lesson("view+quiz")
    student(lesson)
    if first == "quiz":
        quiz.submit(alice, lesson, "quiz-r", make.RIGHT)
        assert not ItemProgress.objects.filter(user=alice, state="done").exists()
        progress.mark(alice, lesson)
    else:
        with pytest.raises(progress.NotPassedError):
            progress.mark(alice, lesson)
        assert ItemProgress.objects.get(user=alice).read_at <= now()
        quiz.submit(alice, lesson, "quiz-r", make.RIGHT)
    assert ItemProgress.objects.get(user=alice).state == "done"


def test_the_page_says_what_is_missing(student, alice):
    lesson = played_lesson("video+quiz", watch_percent=75)
    html = student(lesson).get(lesson.url).content.decode()
    assert "Play 75% and pass the quiz to finish this lesson" in html
