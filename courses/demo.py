"""The demo school's courses, and how far its students are."""

from pathlib import Path

from wagtail.models import Locale

from accounts.hooks import Write
from accounts.models import User
from courses import enrolment, progress, quiz, quiz_versions
from courses.course_folder import CourseFolder, read
from courses.course_import import Importer
from courses.models import Course, CourseIndexPage, CoursePage, LessonPage
from courses.places import available
from website.models import HomePage

FOLDER = Path(__file__).resolve().parent / "demo"
CATALOGUES = {
    "es": ("Cursos", "cursos", "Lecciones cortas, con ejemplos que puedes comprobar."),
    "en": ("Courses", "courses", "Short lessons, with examples you can check."),
}
FREE, PAID = "trading-fundamentals", "risk-in-practice"
# who, which course, how many lessons are done
STUDENTS = [
    ("ana@example.com", FREE, 4),
    ("ana@example.com", PAID, 1),
    ("luis@example.com", FREE, 1),
]


def load(write: Write, folder: Path = FOLDER) -> None:
    """Load every course folder into every language's catalogue; then the students."""
    parents = {
        language: page for language in CATALOGUES if (page := catalogue(language))
    }
    if not parents:
        write("courses: no home page yet, nothing loaded")
        return
    # the free course comes first in the catalogue
    for path in sorted(folder.iterdir(), key=lambda one: (one.name != FREE, one.name)):
        if any(path.glob("course.*.md")):
            load_folder(read(path), parents, write)
    for email, code, count in STUDENTS:
        _study(email, code, count, write)


def load_folder(
    folder: CourseFolder, parents: dict[str, CourseIndexPage], write: Write
) -> None:
    Importer(folder).load(parents)
    lessons = sum(len(module.lessons) for module in folder.modules)
    write(f"course {folder.code}: {lessons} lessons, {', '.join(sorted(parents))}")


def catalogue(language: str) -> CourseIndexPage | None:
    """The language's catalogue, made when missing; None without a home page."""
    locale = Locale.objects.filter(language_code=language).first()
    home = HomePage.objects.filter(locale=locale).first() if locale else None
    if home is None:
        return None
    found: CourseIndexPage | None = CourseIndexPage.objects.child_of(home).first()
    if found:
        return found
    title, slug, lead = CATALOGUES[language]
    page = CourseIndexPage(
        title=title, slug=slug, lead=lead, locale=locale, show_in_menus=True
    )
    other = CourseIndexPage.objects.first()
    if other:
        page.translation_key = other.translation_key
    home.add_child(instance=page)
    page.save_revision().publish()
    made: CourseIndexPage = CourseIndexPage.objects.get(pk=page.pk)
    return made


def _study(email: str, code: str, count: int, write: Write) -> None:
    """Enrol the person and finish the first lessons; nothing if they began already."""
    user = User.objects.filter(email=email).first()
    course = Course.objects.filter(code=code).first()
    if user is None or course is None or user.enrolments.filter(course=course).exists():
        return
    page = CoursePage.objects.filter(translation_key=course.key).first()
    if page is None:
        return
    enrolment.enrol(user, course, source=enrolment.Source.STAFF, actor="demo")
    for lesson in list(available([page]))[:count]:
        _finish(user, LessonPage.objects.get(pk=lesson.pk))
    write(f"student {email}: {code}, {count} lessons done")


def _finish(user: User, lesson: LessonPage) -> None:
    """Answer the lesson's quizzes right and mark it as done."""
    for block_id, content in quiz_versions.contents_of(lesson).items():
        if content.get("minutes"):
            quiz.start(user, lesson, block_id)
        answers = {one["id"]: _right(one) for one in content["questions"]}
        quiz.submit(user, lesson, block_id, answers)
    rule = (
        progress.Rule.VIEW
        if lesson.completion == LessonPage.Completion.VIEW
        else progress.Rule.MANUAL
    )
    progress.complete_lesson(user, lesson, rule=rule)


def _right(question: quiz_versions.Content) -> list[str]:
    if question["kind"] == "numeric":
        return [str(question["answer"])]
    if question["kind"] == "short":
        return [question["accepted"][0]["text"]]
    return [one["id"] for one in question["options"] if one["correct"]]
