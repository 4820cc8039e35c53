"""Content is pages (pages.py, teaching.py); what people did is rows (the other modules)."""

from courses.models.certificates import Certificate, CertificateKey
from courses.models.discussion import Comment, CommentReport, DiscussionChoice
from courses.models.enrolment_imports import EnrolmentImport, EnrolmentImportRow
from courses.models.enrolments import AccessGrant, Enrolment
from courses.models.learning import (
    Bookmark,
    CourseCompletion,
    ItemProgress,
    Note,
    QuizAttempt,
    QuizDraft,
    QuizVersion,
    VideoProgress,
)
from courses.models.lesson_text import LessonText
from courses.models.lessons import LessonPage, ModulePage
from courses.models.pages import CourseIndexPage, CoursePage
from courses.models.quiz_changes import QuizChange, Regraded
from courses.models.records import Course, Item
from courses.models.resets import ProgressReset
from courses.models.teaching import CourseInstructor, Instructor, Level, Topic
from courses.models.timing import DripOverride

__all__ = [
    "AccessGrant",
    "Bookmark",
    "Certificate",
    "Comment",
    "CommentReport",
    "CertificateKey",
    "Course",
    "CourseCompletion",
    "CourseIndexPage",
    "CourseInstructor",
    "CoursePage",
    "DiscussionChoice",
    "DripOverride",
    "Enrolment",
    "EnrolmentImport",
    "EnrolmentImportRow",
    "Instructor",
    "Item",
    "ItemProgress",
    "LessonPage",
    "LessonText",
    "Level",
    "ModulePage",
    "Note",
    "ProgressReset",
    "QuizAttempt",
    "QuizChange",
    "QuizDraft",
    "QuizVersion",
    "Regraded",
    "Topic",
    "VideoProgress",
]
