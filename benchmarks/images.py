"""How good, how private and how fast generators of images are, and whether they can be killed.

    python benchmarks/images.py --models latent_flow,vae --cpu-minutes 2,10 --seeds 0,1,2
    python benchmarks/images.py --resume-kills 20

Prints a Markdown table, one line a generator and time (the median of the seeds), then each bar as
passed or missed. Every generator trains in a process of its own on one thread; processor time is
counted. Each run leaves a JSON file in OUT and is not done again: what was broken off goes on.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bars
import datasets
import image_bars
import numpy as np
import page
from image_measures import Measures

from guanyao.data.image_sides import prepare_images
from guanyao.data.images import Images, read_images
from guanyao.models.model_file import load

HERE = Path(__file__).resolve().parent
ONE_THREAD = os.environ | {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR")
}
"""The environment of a run."""

SETS: dict[str, tuple[str, str]] = {
    "mnist": ("mnist-train-images-idx3-ubyte.gz", "mnist-t10k-images-idx3-ubyte.gz"),
    "pneumoniamnist": ("pneumoniamnist.npz#train", "pneumoniamnist.npz#test"),
}
"""Training and test part in the catalogue's folder of images."""

COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "fit_cpu_s": ("fit CPU s", lambda x: f"{x:.0f}"),
    "tstr": ("TSTR", lambda x: f"{x:.4f}"),
    "cfid": ("cfid", lambda x: f"{x:.1f}"),
    "cfid_holdout": ("cfid to test", lambda x: f"{x:.1f}"),
    "precision": ("precision", lambda x: f"{x:.3f}"),
    "recall": ("recall", lambda x: f"{x:.3f}"),
    "coverage": ("coverage", lambda x: f"{x:.3f}"),
    "label_accuracy": ("label acc.", lambda x: f"{x:.3f}"),
    "copy_rate": ("copies", lambda x: f"{x:.3f}"),
    "nearest_neighbour_auc": ("MIA", lambda x: f"{x:.3f}"),
    "calibrated_neighbour_auc": ("MIA calibr.", lambda x: f"{x:.3f}"),
    "learned_per_cpu_s": ("learned/CPU s", lambda x: f"{x:,.0f}"),
    "drawn_per_cpu_s": ("drawn/CPU s", lambda x: f"{x:,.0f}"),
    "peak_mb": ("peak MB", lambda x: f"{x:,.0f}"),
    "collapsed": ("collapsed", lambda x: f"{x:.0f}"),
}

RUN = re.compile(r"(?P<model>\w+)_(?P<minutes>[0-9.]+)min_seed(?P<seed>\d+)\.figures\.json")

KILL_IMAGES, KILL_EPOCHS = 2_000, 6
"""What is trained on, and for how long, where training is killed."""


def main() -> None:
    """Run what the arguments ask for, print Markdown."""
    args = _parser().parse_args()
    args.out = args.out / args.data
    args.out.mkdir(parents=True, exist_ok=True)
    if args.resume_kills:
        verdict = resume(args)
        print(f"- {verdict}")
        _into_page(args, f"{args.data}_kills", f"- {verdict}")
        return
    train, test = parts(args)
    measures = Measures(train, test)
    references = _cached(args.out / "references.json", measures.references, fresh=args.fresh)
    runs: dict[tuple[str, float], list[dict[str, float]]] = {}
    for model, minutes, seed in _asked(args):
        runs.setdefault((model, minutes), []).append(one_run(model, minutes, seed, measures, args))
    text = markdown(args.data, references, runs)
    print(text)
    _into_page(args, f"{args.data}_images", text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", choices=[*SETS, "digits"], default="mnist")
    parser.add_argument("--shared", type=Path, default=datasets.SHARED, help="the catalogue")
    parser.add_argument("--models", default="latent_flow,vae,dcgan", help="comma-separated")
    parser.add_argument("--cpu-minutes", default="2", help="comma-separated")
    parser.add_argument("--seeds", default="0", help="comma-separated")
    parser.add_argument("--n-images", type=int, default=10_000, help="pictures that are drawn")
    parser.add_argument("--out", type=Path, default=Path("out") / "benchmarks" / "images")
    parser.add_argument("--page", type=Path, help="a page whose figures are replaced as well")
    parser.add_argument("--cached", action="store_true", help="show all that was done before")
    parser.add_argument("--fresh", action="store_true", help="do again what was done before")
    parser.add_argument("--resume-kills", type=int, default=0, help="how often to kill training")
    return parser


def _asked(args: argparse.Namespace) -> Iterator[tuple[str, float, int]]:
    """Each generator, time and seed that the arguments ask for, or that lies there already."""
    if args.cached:
        found = (RUN.fullmatch(path.name) for path in sorted(args.out.glob("*.figures.json")))
        yield from ((m["model"], float(m["minutes"]), int(m["seed"])) for m in found if m)
        return
    for model in args.models.split(","):
        for minutes in args.cpu_minutes.split(","):
            for seed in args.seeds.split(","):
                yield model, float(minutes), int(seed)


def parts(args: argparse.Namespace) -> tuple[Images, Images]:
    """Training and test part; the training part is written for the runs."""
    if args.data == "digits":
        train, test = _digits()
    else:
        train, test = (read_images(args.shared / "images" / name) for name in SETS[args.data])
    _write(train, args.out / "train.npz")
    return train, test


def _digits() -> tuple[Images, Images]:
    """The digits of 8 x 8 pixels that scikit-learn ships: they are there on every machine."""
    from sklearn.datasets import load_digits

    data = load_digits()
    mixed = np.random.default_rng(0).permutation(len(data.target))
    images = read_images((data.images[mixed] * 15.9).astype(np.uint8), labels=data.target[mixed])
    return images.take(slice(0, 1_200)), images.take(slice(1_200, None))


def _write(images: Images, path: Path) -> None:
    names = {} if images.labels is None else {"labels": np.array(images.classes)[images.labels]}
    np.savez(path, images=images.pixels, **names)


def _cached(path: Path, make: Callable[[], Any], *, fresh: bool) -> Any:  # noqa: ANN401
    """What lies in a file, or what is made and then put there."""
    if fresh or not path.exists():
        path.write_text(json.dumps(make(), indent=1))
    return json.loads(path.read_text())


def one_run(
    model: str, minutes: float, seed: int, measures: Measures, args: argparse.Namespace
) -> dict[str, float]:
    """Train, draw and measure; or what an earlier call left."""
    out = args.out / f"{model}_{minutes:g}min_seed{seed}.npz"
    options = ["--cpu-minutes", minutes, "--seed", seed, "--n-images", args.n_images]

    def make() -> dict[str, Any]:
        _train(model, args.out / "train.npz", out, options)
        cost = json.loads(out.with_suffix(".json").read_text())
        sides = prepare_images(measures.train, measures.test, out)
        figures = cost | measures.of(sides.virtual)
        return figures | {"collapsed": image_bars.collapsed(figures, cost["warnings"])}

    found = _cached(out.with_suffix(".figures.json"), make, fresh=args.fresh)
    print(f"{model}, {minutes:g} CPU min, seed {seed}: done", file=sys.stderr, flush=True)
    return {name: float(found[name]) for name in COLUMNS if name in found}


def _command(model: str, train: Path, out: Path, options: list[Any]) -> list[str]:
    return [sys.executable, *map(str, [HERE / "image_run.py", model, train, out, *options])]


def _train(model: str, train: Path, out: Path, options: list[Any]) -> None:
    subprocess.run(_command(model, train, out, options), check=True, env=ONE_THREAD)


def markdown(
    name: str,
    references: dict[str, dict[str, float]],
    runs: dict[tuple[str, float], list[dict[str, float]]],
) -> str:
    """The table of all generators, then the bars."""
    lines = [
        ["generator", "CPU min", *(label for label, _ in COLUMNS.values())],
        ["---"] * (2 + len(COLUMNS)),
        ["real pictures (the best that can be had)", "–", *_cells(references["real"])],
        ["pixels shuffled apart (the floor)", "–", *_cells(references["independent"])],
    ]
    lines += [
        [f"**{model}**", f"{minutes:g}", *_cells(image_bars.of_seeds(some))]
        for (model, minutes), some in runs.items()
    ]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    judged = "\n".join(f"- {what}: {verdict}" for what, verdict in image_bars.judge(name, runs))
    return f"{table}\n\n{judged}\n"


def _cells(figures: dict[str, float]) -> list[str]:
    return [show(figures[name]) if name in figures else "–" for name, (_, show) in COLUMNS.items()]


def _into_page(args: argparse.Namespace, name: str, text: str) -> None:
    if args.page:
        page.replace_part(args.page, name, text)


def resume(args: argparse.Namespace) -> bars.Verdict:
    """Kill training at random moments, go on, and compare the weights with an uninterrupted run.

    fp32 is set: which way is the faster one is timed at the start, and might be decided otherwise.
    """
    train, _ = parts(args)
    few = args.out / "few.npz"
    _write(train.take(slice(0, KILL_IMAGES)), few)
    rng = np.random.default_rng(int(args.seeds.split(",")[0]))
    model, equal = args.models.split(",")[0], 0
    began = time.perf_counter()
    whole = _resumed(model, few, args.out / "kill_none", None)
    wall = time.perf_counter() - began
    for i in range(args.resume_kills):
        moment = float(rng.uniform(0.1, 0.95) * wall)
        equal += _same(whole, _resumed(model, few, args.out / f"kill_{i}", moment))
        print(f"killed after {moment:.1f} s: {equal} of {i + 1} equal", file=sys.stderr)
    return bars.Verdict(
        f"{model}: runs with equal weights after kill -9, of {args.resume_kills}",
        equal,
        ">=",
        args.resume_kills,
        equal == args.resume_kills,
    )


def _resumed(model: str, train: Path, out: Path, moment: float | None) -> Path:
    """Train in a folder, killed after so many seconds and begun again; gives the model's file."""
    folder, file = out.with_suffix(".train"), out.with_suffix(".gy")
    options = ["--epochs", KILL_EPOCHS, "--precision", "fp32", "--n-images", 0]
    command = _command(model, train, out, [*options, "--folder", folder, "--model", file])
    shutil.rmtree(folder, ignore_errors=True)
    while moment is not None and not _killed(command, moment):
        shutil.rmtree(folder, ignore_errors=True)  # it was done before its moment came
        moment *= 0.8
    subprocess.run(command, check=True, env=ONE_THREAD)
    shutil.rmtree(folder, ignore_errors=True)
    return file


def _killed(command: list[str], moment: float) -> bool:
    """Whether a process was still running when it was killed after so many seconds."""
    running = subprocess.Popen(command, env=ONE_THREAD)
    try:
        running.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        running.kill()  # SIGKILL: no chance to tidy up
        running.wait()
        return True
    return False


def _same(one: Path, other: Path) -> bool:
    """Whether two model files hold the very same weights."""
    first, second = (load(path).network_.state_dict() for path in (one, other))
    return first.keys() == second.keys() and all(
        np.array_equal(first[name].numpy(), second[name].numpy()) for name in first
    )


if __name__ == "__main__":
    main()
