"""One self-contained HTML page of how messages spread in one world, and the tables and graphs beside it."""

from pathlib import Path
from typing import Any

from worthsharing.experiments.figures import plain
from worthsharing.experiments.page import in_both_themes, render_page
from worthsharing.experiments.results import write_page
from worthsharing.experiments.spread import GROUPINGS, Spread, graphml, people_graph, tree_graph
from worthsharing.experiments.spread_figures import (
    MAP_HELP,
    MOST_DRAWN,
    TREE_HELP,
    WHERE_HELP,
    cascades_cells,
    groupings_of,
    network_figure,
    network_places,
    sharers_cells,
    tree_cells,
    tree_figure,
    tree_height,
    where_cells,
    where_figure,
)
from worthsharing.sim.run import provenance
from worthsharing.sim.scenario import Scenario

MOST_IN_GRAPH = 50_000  # people; a file of more would be hundreds of megabytes


def write_spread(folder: str | Path, spread: Spread, scenario: Scenario, command: str) -> list[Path]:
    """Write tables (Parquet and CSV), graphs (GraphML), page and manifest into a folder, and return the files.

    command: what reproduces them, for their reader

    Raises `InputError` when the folder cannot be written to.
    """
    tables = {
        "cascade": spread.tree,
        "cascades": spread.cascades,
        "people": spread.people,
        "where": spread.where,
    }
    graphs = {"cascade.graphml": graphml(tree_graph(spread.tree))}
    notes = []
    if len(spread.people) <= MOST_IN_GRAPH:
        graphs["people.graphml"] = graphml(people_graph(spread.people, spread.network))
    else:
        notes.append(f"No people.graphml: there are more than {MOST_IN_GRAPH:,} people.")
    about = {
        "command": command,
        "seed": spread.seed,
        "world": spread.world,
        "message": spread.message,
        "scenarios": {spread.scenario: {"key": scenario.key, "parameters": scenario.model_dump(mode="json")}},
        "notes": notes,
    }
    return write_page(
        folder, "spread", tables, render_spread(spread, command), about, csv=True, others=graphs
    )


def render_spread(spread: Spread, command: str) -> str:
    """Render the page; the same spread gives the same bytes."""
    drawn: dict[str, Any] = {
        "tree": in_both_themes(tree_figure(spread.tree), tree_figure(spread.tree, theme="dark"))
    }
    cards = [
        {
            "id": "tree",
            "title": "One message, from person to person",
            "sentence": spread.sentences[0],
            "height": tree_height(spread.tree),
            "reading": TREE_HELP,
            "tables": [tree_cells(spread.tree), cascades_cells(spread.cascades)],
            "wide": True,
        }
    ]
    if len(spread.people) <= MOST_DRAWN:
        places = network_places(spread.network)
        drawn["map"] = in_both_themes(
            network_figure(spread, places), network_figure(spread, places, theme="dark")
        )
        cards.append(
            {
                "id": "map",
                "title": "Everybody, and whom it reached",
                "sentence": spread.sentences[1],
                "height": 620,
                "reading": MAP_HELP,
                "tables": [sharers_cells(spread.top_sharers)],
                "wide": True,
            }
        )
    for grouping in groupings_of(spread.where):
        figures = [where_figure(spread.where, grouping), where_figure(spread.where, grouping, theme="dark")]
        drawn[grouping] = in_both_themes(*figures)
        cards.append(
            {
                "id": grouping,
                "title": GROUPINGS[grouping],
                "sentence": spread.sentences[2] if grouping == "role" else "",
                "height": figures[0].layout.height,
                "reading": WHERE_HELP,
                "tables": [where_cells(spread.where, grouping)],
                "wide": False,
            }
        )
    return render_page(
        "spread.html",
        drawn,
        styles=("report.css", "explain.css"),
        title=plain(spread.scenario),
        sentences=spread.sentences,
        world=spread.world,
        seed=spread.seed,
        cards=cards,
        command=command,
        versions=sorted((str(key), str(value)) for key, value in provenance().items()),
    )
