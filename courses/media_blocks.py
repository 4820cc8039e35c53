"""Videos, audio, and what other sites show. Nothing outside loads before a click."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from courses import captions, embeds, media_length
from courses.block_groups import MEDIA
from website.blocks import PROVIDERS, video_number

EMBEDS = {
    "youtube": "https://www.youtube-nocookie.com/embed/{}?autoplay=1&rel=0&enablejsapi=1",
    "vimeo": "https://player.vimeo.com/video/{}?autoplay=1&dnt=1",
}
AUDIO = ("mp3", "m4a", "ogg", "wav")


def title_field(help_text: Any) -> blocks.CharBlock:
    return blocks.CharBlock(label=_("Title"), max_length=160, help_text=help_text)


def captions_field() -> DocumentChooserBlock:
    return DocumentChooserBlock(
        label=_("Captions"),
        required=False,
        help_text=_("A .vtt file in the language of this page."),
    )


def transcript_field() -> blocks.TextBlock:
    return blocks.TextBlock(
        label=_("Transcript"),
        required=False,
        help_text=_(
            "Leave it empty to make it from the captions, with times to jump to."
        ),
    )


def length_field() -> blocks.CharBlock:
    return blocks.CharBlock(
        label=_("Length"),
        required=False,
        max_length=8,
        help_text=_("As 12:34. Filled in by itself for MP4, M4A and WAV files."),
        validators=[
            RegexValidator(media_length.TEXT, _("Write minutes and seconds: 12:34"))
        ],
    )


class MediaValue(blocks.StructValue):
    def lines(self) -> tuple[captions.Cue, ...]:
        """The transcript's lines, made from the captions unless one was written."""
        return () if self["transcript"] else captions.lines(self["captions"])


class MediaBlock(blocks.StructBlock):
    """What videos and audio share: captions that can be read, and a known length."""

    def clean(self, value: Any) -> Any:
        media = super().clean(value)
        if self.is_deferred_validation:
            return media
        if media["captions"]:
            try:
                captions.read(media["captions"])
            except (captions.CaptionsError, OSError) as error:
                wrong = ValidationError(str(error))
                raise StructBlockValidationError({"captions": wrong}) from error
        if media["file"] and not media["length"]:
            media["length"] = media_length.as_text(media_length.of(media["file"]))
        return media


class VideoBlock(MediaBlock):
    """An own file, or a video of YouTube or Vimeo that loads only after a click."""

    title = title_field(_("Read aloud by screen readers: say what the video shows."))
    file = DocumentChooserBlock(
        label=_("Video file"),
        required=False,
        help_text=_("MP4 or WebM. Leave it empty for YouTube or Vimeo."),
    )
    provider = blocks.ChoiceBlock(
        label=_("Provider"), required=False, choices=PROVIDERS
    )
    video_id = video_number(required=False)
    length = length_field()
    poster = ImageChooserBlock(
        label=_("Poster"),
        required=False,
        help_text=_("The picture shown before the video plays."),
    )
    captions = captions_field()
    transcript = transcript_field()

    class Meta:
        icon = "media"
        label = _("Video")
        group = MEDIA
        value_class = MediaValue
        label_format = "{title}"
        description = _("A video of your own, of YouTube or of Vimeo, without cookies.")
        template = "courses/blocks/video.html"
        preview_value = {
            "title": "1R in 28 seconds",
            "file": None,
            "provider": "youtube",
            "video_id": "aqz-KE-bpKQ",
            "length": "0:28",
            "poster": None,
            "captions": None,
            "transcript": "A price line moves up and down until the entry, at 50.",
        }

    def clean(self, value: Any) -> Any:
        """Exactly one place to play from."""
        video = super().clean(value)
        outside = video["provider"] and video["video_id"]
        if not self.is_deferred_validation and bool(video["file"]) == bool(outside):
            text = _("Choose a video file, or a provider and the video's number.")
            raise StructBlockValidationError({"file": ValidationError(text)})
        return video

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds embed_url (empty for an own file)."""
        context: dict[str, Any] = super().get_context(value, parent_context)
        pattern = EMBEDS.get(value.get("provider") or "")
        if pattern and value.get("video_id") and not value.get("file"):
            context["embed_url"] = pattern.format(value["video_id"])
        return context


class AudioBlock(MediaBlock):
    """An own file; a transcript or captions say the same to who cannot hear it."""

    title = title_field(_("Read aloud by screen readers: say what is heard."))
    file = DocumentChooserBlock(
        label=_("Audio file"), help_text=_("MP3, M4A, OGG or WAV.")
    )
    length = length_field()
    captions = captions_field()
    transcript = transcript_field()

    class Meta:
        icon = "audio"
        label = _("Audio")
        group = MEDIA
        value_class = MediaValue
        label_format = "{title}"
        description = _("A recording with its transcript; only readers can play it.")
        template = "courses/blocks/audio.html"
        preview_value = {
            "title": "A quiet tape and a busy one",
            "file": None,
            "length": "0:20",
            "captions": None,
            "transcript": "Slow clicks at first; then they come faster and faster.",
        }

    def clean(self, value: Any) -> Any:
        """A sound file, and something to read instead of it."""
        audio = super().clean(value)
        if self.is_deferred_validation:
            return audio
        if audio["file"].file_extension.lower() not in AUDIO:
            text = _("Choose a sound file: MP3, M4A, OGG or WAV.")
            raise StructBlockValidationError({"file": ValidationError(text)})
        if not audio["transcript"] and not audio["captions"]:
            text = _("Write what is heard, or add captions.")
            raise StructBlockValidationError({"transcript": ValidationError(text)})
        return audio


class EmbedBlock(blocks.StructBlock):
    """A page of one of the sites in courses.embeds."""

    title = title_field(_("Read aloud by screen readers: say what it shows."))
    address = blocks.URLBlock(
        label=_("Address"),
        max_length=500,
        help_text=format_lazy(
            _("The page's address at one of: {names}."), names=embeds.NAMES
        ),
    )
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=250)

    class Meta:
        icon = "site"
        label = _("Outside content")
        group = MEDIA
        label_format = "{title}"
        description = _("A chart, slides or a drawing of another site, after a click.")
        template = "courses/blocks/embed.html"
        preview_value = {
            "title": "Daily chart of Apple",
            "address": "https://www.tradingview.com/symbols/NASDAQ-AAPL/",
            "caption": "Draw your own stop before you read on.",
        }

    def clean(self, value: Any) -> Any:
        embed = super().clean(value)
        if not self.is_deferred_validation and embeds.find(embed["address"]) is None:
            text = _text("Only pages of these sites can be shown: %(names)s.")
            wrong = ValidationError(text % {"names": embeds.NAMES})
            raise StructBlockValidationError({"address": wrong})
        return embed

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds embed: the provider and what to load; None for an address without form."""
        context: dict[str, Any] = super().get_context(value, parent_context)
        context["embed"] = embeds.find(value.get("address") or "")
        return context
