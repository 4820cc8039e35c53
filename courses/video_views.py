"""What players report while a video or audio is played."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.views.decorators.http import require_POST

from accounts.http import AuthenticatedRequest
from courses import completion_rules, progress, refusals, video
from courses.views import readable_lesson


@login_required
@require_POST
@refusals.as_json
def watch(request: AuthenticatedRequest, page_id: int, block_id: str) -> JsonResponse:
    """{"position": seconds to resume at, "percent": played, "done": the lesson is}.

    409 for a report that cannot be true: nothing of it counts.
    """
    lesson, _decision = readable_lesson(request, page_id)
    media = {one.block_id: one for one in completion_rules.media_of(lesson)}
    if block_id not in media:
        raise Http404
    try:
        beat = video.heartbeat(request.POST)
    except video.ReportError as error:
        return JsonResponse({"errors": error.errors}, status=400)
    report = video.keep(request.user, lesson, media[block_id], beat)
    done = progress.video_watched(request.user, lesson, report)
    answer = {"position": report.position, "percent": report.percent, "done": done}
    return JsonResponse(answer, status=409 if report.refused else 200)
