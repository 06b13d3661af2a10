from backend.publish.slugs import free_slug, is_slug, slug_from_name


def test_a_name_becomes_its_readable_letters():
    assert slug_from_name("Chat with a model") == "chat-with-a-model"
    assert slug_from_name("  Café — Zürich!  ") == "cafe-zurich"
    assert slug_from_name("消息分类 Sort 2") == "sort-2"


def test_a_chinese_name_gets_a_safe_random_slug():
    slug = free_slug("消息分类", lambda _: False)

    assert slug.startswith("app-")
    assert is_slug(slug)
    assert slug != free_slug("消息分类", lambda _: False)


def test_a_taken_slug_is_numbered():
    taken = {"sort", "sort-2"}

    assert free_slug("Sort", taken.__contains__) == "sort-3"


def test_a_long_name_stays_short_and_valid():
    taken = {"a" * 50}

    slug = free_slug("a" * 300, taken.__contains__)

    assert len(slug) <= 50
    assert is_slug(slug)


def test_a_crowded_name_still_gets_a_slug():
    slug = free_slug("Sort", lambda slug: slug == "sort" or slug.removeprefix("sort-").isdigit())

    assert slug.startswith("sort-")
    assert is_slug(slug)


def test_what_could_leave_a_path_or_a_cookie_is_no_slug():
    for text in ["", "-a", "a-", "A", "a/b", "a;b", "a b", "é", "../x", "a\n", "x" * 51]:
        assert not is_slug(text), text
