"""Gates: Great Expectations suites over staged relations."""
