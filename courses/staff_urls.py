"""Addresses of the reports in the administration, below /admin/learning/."""

from django.urls import path

from courses import course_state_admin, progress_report, report_views, student_page

app_name = "course_reports"
STUDENTS = progress_report.ProgressReport.as_view

urlpatterns = [
    path("courses/", report_views.CoursesReport.as_view(), name="courses"),
    path(
        "courses/<uuid:key>/lessons/",
        report_views.LessonsReport.as_view(),
        name="lessons",
    ),
    path(
        "courses/<uuid:key>/questions/",
        report_views.QuestionsReport.as_view(),
        name="questions",
    ),
    path(
        "courses/<uuid:key>/videos/", report_views.VideosReport.as_view(), name="videos"
    ),
    path(
        "courses/<uuid:key>/state/",
        course_state_admin.CourseStateView.as_view(),
        name="state",
    ),
    path("students/", STUDENTS(), name="students"),
    path("students/results/", STUDENTS(results_only=True), name="students_results"),
    path("students/<int:pk>/", student_page.StudentView.as_view(), name="student"),
]
