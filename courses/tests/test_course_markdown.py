"""Texts become Markdown in a course's folder only where Markdown says the same."""

from html import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from courses.markdown_text import markdown, normalised, to_markdown

WORDS = st.text("ab *_`[]<&#1.-+\\", min_size=1, max_size=12)


@given(WORDS, WORDS, st.sampled_from(["b", "i", "code"]), st.booleans())
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_markdown_is_used_only_when_it_says_the_same(one, two, tag, listed):
    inner = f"{escape(one)}<{tag}>{escape(two)}</{tag}>"
    html = f"<ul><li>{inner}</li></ul>" if listed else f"<p>{inner}</p>"
    text = to_markdown(html)
    if text is not None:
        assert normalised(markdown.render(text)) == normalised(html)


def test_plain_rich_text_does_become_markdown():
    html = '<p data-block-key="k">A <b>stop</b> &amp; a <i>plan</i>.</p><ul><li>x</li></ul>'
    assert to_markdown(html) == "A **stop** \\& a *plan*.\n\n- x\n"
