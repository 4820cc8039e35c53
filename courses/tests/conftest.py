"""A small course folder in two languages, and the catalogues it loads into."""

from types import SimpleNamespace

import pytest
from django.utils import translation
from modelsearch import signal_handlers as search_signals
from PIL import Image as Picture

from courses import demo
from courses.tests import make, tree_stories

COURSE = """---
title: {title}
slug: {slug}
code: tiny
summary: Lose little
level: beginner
topic: {topic}
access: free
minutes: 9
outcomes: ["Write a stop"]
requirements: []
audience: everybody
faq:
  - {{question: "How long?", answer: "Nine minutes."}}
instructor: {{name: Marta, role: Risk, bio: Teaches.}}
image: media/cover.png
image_alt: A line
---

A course about **stops**.
"""
MODULE = "---\ntitle: Module\nslug: module\nsummary: One\n---\n"
LESSON = """---
title: "{title}"
slug: {slug}
summary: Four numbers
minutes: 9
preview: true
completion: quiz
---

First *paragraph* with a [link](https://example.com/).

- one
- two

## The numbers

![A chart](media/cover.png "A caption")

| Exit | R |
|---|---|
| 56 | +3 |

::: tip Write it
Before **you** buy.
:::

```python
size = risk / 2
```

```video
id: film
title: Film
provider: youtube
video_id: aqz-KE-bpKQ
transcript: |
  A line moves.
```

```quiz
id: quiz-one
title: Check
pass_mark: 50
attempts: 0
questions:
  - id: q1
    kind: single
    text: "{question}"
    options:
      - {{id: a, text: "2", correct: true, feedback: "Yes."}}
      - {{id: b, text: "3"}}
  - id: q2
    kind: numeric
    text: And now?
    answer: "1.5"
    tolerance: "0.05"
```
"""


@pytest.fixture(autouse=True)
def _in_english(_school_language):
    """What rules say is asserted in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "stored"
    root = tmp_path / "tiny"
    (root / "01-module").mkdir(parents=True)
    (root / "media").mkdir()
    Picture.new("RGB", (64, 36), "teal").save(root / "media" / "cover.png")
    for code, word in (("es", "Curso"), ("en", "Course")):
        texts = {
            f"course.{code}.md": COURSE.format(title=word, slug=word, topic=word),
            f"01-module/module.{code}.md": MODULE,
            f"01-module/01-lesson.{code}.md": LESSON.format(
                title=f"{word}: one", slug=f"one-{code}", question=f"{word}?"
            ),
        }
        for name, text in texts.items():
            (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def parents(db):
    make.home("es")
    make.home("en")
    return {language: demo.catalogue(language) for language in ("es", "en")}


@pytest.fixture
def stage(make_user, owner, client_of, monkeypatch):
    """Two courses, three students and an owner, for courses.tests.tree_stories.

    Without updates of the search index, which is not in question there.
    """
    quiet = SimpleNamespace(enqueue=lambda *of: None)
    monkeypatch.setattr(search_signals, "insert_or_update_object_task", quiet)
    tree_stories.build()
    people = [make_user(name) for name in ("Ana", "Ben", "Cai")]
    return tree_stories.Stage(owner, client_of(owner), people)
