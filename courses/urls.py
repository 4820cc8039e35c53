from django.urls import path

from courses import quiz_views, views

app_name = "courses"
urlpatterns = [
    path("", views.my_courses_page, name="my-courses"),
    path("courses/<uuid:key>/enrol/", views.enrol, name="enrol"),
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
    path("lessons/<int:page_id>/video/<str:block_id>/", views.watch, name="watch"),
    path(
        "lessons/<int:page_id>/files/<int:document_id>/",
        views.lesson_file,
        name="lesson-file",
    ),
]
