# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A number that a metrology centre can sign
#
# For the metrologist who answers for a factor library: where does a number come from, which year is
# it, what changed, what did the change do to our accounts, and how does anybody know that the file
# in their hands is the one we released?

# %%
import tempfile
from datetime import date
from pathlib import Path

import carbonmeter as cm

library = cm.FactorLibrary.shipped()
desk = Path(tempfile.mkdtemp())
print(f"{len(library):,} records in {len(library.layers)} libraries")

# %% [markdown]
# ## Where does it come from?
#
# Words in either language; each record with its unit, bounds, source, clause, and how it was read.

# %%
coal = library.find("无烟煤 低位发热量")
coal[["id", "value", "unit", "source", "clause", "confidence"]].head(6)

# %% [markdown]
# The same coal has several calorific values, because several rule books print one. None is averaged
# away: an account names its guide, and the guide names its library.
#
# ## Which year is this?
#
# The factor of China's grid for 2022 was 0.5703 for whoever reported in 2023, because that was what
# the ministry prescribed then; the average computed from the data of 2022 became public on
# 2024-12-20. A library answers as it stood on a day.

# %%
grid = cm.FactorLibrary.shipped("cn-grid")
wanted = cm.Request(
    "grid_national_as_known", "", "CN", "", date(2022, 1, 1), date(2023, 1, 1), "tCO2/MWh",
    ("default",),
)  # fmt: skip
then = grid.resolve([wanted], as_of=date(2023, 6, 30))[0]
now = grid.resolve([wanted])[0]
print(f"as of 2023-06-30: {then.value}; today: {now.value} tCO2/MWh")

# %% [markdown]
# ## Somebody sends a table
#
# A laboratory's own words and units, mapped by a declaration that stays with the data. A decimal
# comma, a heading in Chinese, a unit of theirs: said once, checked on every row.

# %%
table, mapping = desk / "化验.csv", desk / "mapping.toml"
table.write_bytes(
    '煤种,热值,单位,年\n无烟煤,"24,9",兆焦/千克,2024\n褐煤,"11,4",兆焦/千克,2024\n'.encode(
        "gb18030"
    )
)
mapping.write_text(
    """
[library]
name = "lab-2024"
title = "Coal laboratory, 2024"
licence = "CC-BY-4.0"
[table]
encoding = "gb18030"
decimal = ","
[[sources]]
source = "LAB-2024"
title = "Year book of the laboratory (invented)"
licence = "CC-BY-4.0"
[columns]
subject = "煤种"
value = "热值"
unit = "单位"
[values.subject]
"无烟煤" = "anthracite"
"褐煤" = "lignite"
[units]
"兆焦/千克" = "MJ/kg"
[constants]
parameter = "net_calorific_value"
region = "CN-SD-LC"
tier = "supplier"
confidence = "primary"
source = "LAB-2024"
clause = "table 1"
[templates]
id = "lab.{subject}.{年}"
valid_from = "{年}-01-01"
valid_to = "{年+1}-01-01"
""",
    encoding="utf-8",
)
taken = cm.import_table(table, mapping)
taken.content.layer.columns["id"].tolist()

# %% [markdown]
# ## What changed between two editions?
#
# The carbon intensity of the world's electricity by year, in the editions of July 2025 and of April
# 2026: most values stand, some moved, a year came in.

# %%
changes = cm.diff(cm.FactorLibrary.shipped("ember-2025"), cm.FactorLibrary.shipped("ember-2026"))
print(changes.summary().to_string(index=False))

# %% [markdown]
# ## And what did that do to our accounts?
#
# The prefecture as it could be accounted on the day before the averages of 2023 were public, and
# today: each tonne that moved, and why.

# %%
plant = cm.example("liaocheng")
own = cm.FactorLibrary.open(plant.measured).over(cm.FactorLibrary.default())
before = cm.account(cm.read_activity(plant.activity), own, guide="cets", as_of=date(2025, 10, 1))
moved = before.restate(own)
print(moved.frame().to_string(index=False))

# %% [markdown]
# ## Release it, sign it, and let anybody check
#
# One hash stands for every record. A changed digit anywhere is found, and named.

# %%
key = desk / "centre.key"
cm.make_keys(key)
released = cm.release([cm.folder_of("cn-grid")], by="An example metrology centre").signed(key)
file = desk / "cn-grid.zip"
file.write_bytes(released.data)
print(released.citation)

# %%
checked = cm.verify(file, public_key=key.with_name(key.name + ".pub"))
forged = bytearray(released.data)
forged[forged.index(b"0.5366") + 5] = ord("9")
(desk / "forged.zip").write_bytes(forged)
found = cm.verify(desk / "forged.zip")
print(found.problems[0])

# %%
print(checked.trusted, found.problems[0].rule)
assert (bool(checked), bool(found), then.value, now.value) == (True, False, 0.5703, 0.5366)
