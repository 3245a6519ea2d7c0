from pathlib import Path

from services.cli.index_files import BATCH_BYTES, BATCH_FILES, FoundFile, batches, find_files


def test_too_large_files_are_left_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "small.md").write_text("x")
    (tmp_path / "large.md").write_text("x" * 11)
    found, left = find_files([tmp_path], suffixes=[".md"], max_bytes=10)
    assert [file.path for file in found] == [f"{tmp_path.name}/small.md"]
    assert [(reason.code, reason.is_skipped) for reason in left] == [("file_too_large", False)]


def test_portions_are_small_in_number_and_in_bytes() -> None:
    many = [FoundFile(Path("a"), "a", 1)] * (2 * BATCH_FILES + 1)
    assert [len(batch) for batch in batches(many)] == [BATCH_FILES, BATCH_FILES, 1]
    large = [FoundFile(Path("a"), "a", BATCH_BYTES // 2)] * 5
    assert [len(batch) for batch in batches(large)] == [2, 2, 1]
    assert list(batches([])) == []
