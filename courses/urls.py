from django.urls import path

from courses import (
    certificate_views,
    discussion_views,
    note_views,
    outline_views,
    quiz_views,
    video_views,
    views,
)

app_name = "courses"
urlpatterns = [
    path("", views.my_courses_page, name="my-courses"),
    path("courses/<uuid:key>/enrol/", views.enrol, name="enrol"),
    path(
        "courses/<uuid:key>/outline.json",
        outline_views.outline_json,
        name="outline-json",
    ),
    path("courses/<uuid:key>/leave/", views.leave, name="leave"),
    path("lessons/<int:page_id>/done/", views.complete, name="complete"),
    path("lessons/<int:page_id>/undo/", views.undo, name="undo"),
    path(
        "lessons/<int:page_id>/quiz/<str:block_id>/",
        quiz_views.answer_quiz,
        name="quiz",
    ),
    path(
        "lessons/<int:page_id>/quiz/<str:block_id>/again/",
        quiz_views.quiz_form,
        name="quiz-again",
    ),
    path(
        "lessons/<int:page_id>/quiz/<str:block_id>/start/",
        quiz_views.start_quiz,
        name="quiz-start",
    ),
    path(
        "lessons/<int:page_id>/quiz/<str:block_id>/save/",
        quiz_views.save_quiz,
        name="quiz-save",
    ),
    path(
        "lessons/<int:page_id>/quiz/<str:block_id>/discard/",
        quiz_views.discard_quiz,
        name="quiz-discard",
    ),
    path(
        "lessons/<int:page_id>/video/<str:block_id>/", video_views.watch, name="watch"
    ),
    path(
        "lessons/<int:page_id>/files/<int:document_id>/",
        views.lesson_file,
        name="lesson-file",
    ),
    path("lessons/<int:page_id>/notes/", note_views.lesson_notes, name="lesson-notes"),
    path("lessons/<int:page_id>/bookmarks/", note_views.bookmark, name="bookmark"),
    path("notes/", note_views.my_notes_page, name="my-notes"),
    path("notes/export/<slug:kind>/", note_views.export, name="notes-export"),
    path("notes/<int:pk>/", note_views.one, name="note"),
    path("notes/<int:pk>/edit/", note_views.edit, name="note-edit"),
    path("notes/<slug:kind>/<int:pk>/delete/", note_views.delete, name="note-delete"),
    path("notes/undo/<slug:number>/", note_views.undo, name="note-undo"),
    path(
        "lessons/<int:page_id>/discussion/",
        discussion_views.discussion_page,
        name="discussion",
    ),
    path(
        "lessons/<int:page_id>/discussion/mails/",
        discussion_views.follow,
        name="discussion-mails",
    ),
    path(
        "lessons/<int:page_id>/discussion/<int:pk>/reply/",
        discussion_views.reply,
        name="discussion-reply",
    ),
    path(
        "lessons/<int:page_id>/discussion/<int:pk>/edit/",
        discussion_views.edit,
        name="discussion-edit",
    ),
    path(
        "lessons/<int:page_id>/discussion/<int:pk>/delete/",
        discussion_views.delete,
        name="discussion-delete",
    ),
    path(
        "lessons/<int:page_id>/discussion/<int:pk>/report/",
        discussion_views.report,
        name="discussion-report",
    ),
    path("certificates/", certificate_views.mine, name="certificates"),
    path("certificates/find/", certificate_views.find, name="find-certificate"),
    path(
        "certificates/claim/<uuid:key>/",
        certificate_views.claim,
        name="claim-certificate",
    ),
    path("certificates/<uuid:pk>/", certificate_views.verify, name="certificate"),
    path(
        "certificates/<uuid:pk>/pdf/",
        certificate_views.download,
        name="certificate-pdf",
    ),
    path(
        "certificates/<uuid:pk>/record.json",
        certificate_views.record,
        name="certificate-record",
    ),
]
