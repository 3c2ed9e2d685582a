"""Graphs: dots, names, relations."""

from guanyao.report.graph import graph


def test_a_graph_has_a_dot_a_name_and_a_line_a_relation() -> None:
    drawn = graph(["a", "b", "c"], [(0, 1, 0.5), (1, 2, -0.25)], "x")
    assert drawn.count("<circle") == 3 and drawn.count("<path") == 2
    assert "b → c: -0.25" in drawn and 'class="edge minus"' in drawn


def test_only_a_directed_graph_has_heads_and_they_point_to_the_end() -> None:
    edges = [(0, 2, 1.0)]  # from the top to the bottom
    assert 'class="head' not in graph(["a", "b", "c", "d"], edges, "x")
    drawn = graph(["a", "b", "c", "d"], edges, "x", is_directed=True)
    assert drawn.count('class="head plus"') == 1 and "rotate(90.0)" in drawn
