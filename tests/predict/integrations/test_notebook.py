"""The notebook of the docs runs from its first to its last cell, and shows its tables as HTML."""

from __future__ import annotations

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient", reason="needs nbclient")
pytest.importorskip("ipykernel", reason="needs ipykernel")

NOTEBOOK = Path(__file__).resolve().parents[3] / "docs" / "notebooks" / "quickstart.ipynb"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_quick_start_runs(tmp_path: Path) -> None:
    import nbformat

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=280, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {
        cell.source.splitlines()[-1]: output.data
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "execute_result"
    }
    for name, words in (("scores", ("psnr@pristine ↑", "restored/sharpened")), ("board", ("SRCC", "gmsd"))):
        page = shown[name]["text/html"]
        assert page.startswith('<div class="iqabench">')
        assert [word for word in words if word.removeprefix("restored/") not in page] == []
    assert "psnr" in shown["validation.compute()"]["text/plain"]
    assert not any(output.output_type == "stream" for cell in notebook.cells for output in cell.get("outputs", []))
