"""Made-up customers for the tests of masking: nobody in them exists."""

import random

import polars as pl

COLUMNS = ("客户编号", "姓名", "身份证号", "手机号", "年龄", "城市", "消费", "备注")


def customers(n_rows: int = 300, seed: int = 7) -> pl.DataFrame:
    """Rows as text; numbers lie in ranges that nobody was given."""
    rng = random.Random(seed)  # noqa: S311
    return pl.DataFrame([customer(rng, i) for i in range(n_rows)], orient="row", schema=[*COLUMNS])


def typed(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows as a database or a Parquet file would hold them."""
    return rows.with_columns(pl.col("年龄").cast(pl.Int64), pl.col("消费").cast(pl.Float64))


def customer(rng: random.Random, i: int) -> tuple[str, ...]:
    phone = f"154{rng.randrange(10**8):08d}"
    name = rng.choice("王李张刘陈杨黄赵吴周") + rng.choice("伟芳娜敏静丽强磊军洋") + "明"
    year, month, day = rng.randint(1950, 2005), rng.randint(1, 12), rng.randint(1, 28)
    resident = with_check_digit(f"110198{year}{month:02d}{day:02d}{rng.randrange(1000):03d}")
    note = f"回访{name}，电话{phone}，无异议" if i % 5 == 0 else "无异议"
    return (
        f"C{i * 2 // 3:06d}",
        name,
        resident,
        phone,
        str(2026 - year),
        rng.choice(["北京", "上海", "广州", "成都"]),
        f"{rng.random() * 900:.2f}",
        note,
    )


def with_check_digit(first: str) -> str:
    """The resident identity number of eighteen characters (GB 11643-1999)."""
    weights = [2 ** (17 - i) % 11 for i in range(17)]
    total = sum(int(c) * w for c, w in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]
