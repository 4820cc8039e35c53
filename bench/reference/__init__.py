"""What a normal Django and Wagtail project does: the bench's references, served alike."""
