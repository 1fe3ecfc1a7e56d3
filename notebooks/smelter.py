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
# # How many tonnes does a smelter answer for, and which measurement would tell us better?
#
# For the engineer of a smelter. The data is the embedded prefecture's smelter: an invented firm
# whose sizes are scaled from published figures (each row of the file says which).

# %%
import carbonmeter as cm

plant = cm.example("liaocheng")
library = (
    cm.FactorLibrary.open(plant.measured)
    .over(cm.FactorLibrary.default())
    .with_bounds_from(cm.FactorLibrary.shipped("ipcc-2006"))
)
activity = cm.read_activity(plant.activity)
account = cm.account(activity, library, guide="cets")
account

# %% [markdown]
# The year by entity. Scopes stand apart: direct emissions, and purchased energy in the location
# and in the market view. They are never added here.

# %%
year = account.total("entity").where(entity="chiping-aluminium")
year

# %% [markdown]
# ## Where does a tonne come from?
#
# The receipt of one line has everything that a verifier needs for a pocket calculator.

# %%
anode = account.frame().query("method == 'aluminium.anode_consumption'")["line"].iloc[0]
print(account.explain(int(anode)))

# %% [markdown]
# The reporting template of the national market rounds the anode factor to 1.47 on the way. Both
# results are kept.

# %%
lines = account.frame()
smelting = lines[lines["activity"] == "aluminium_smelting"]
smelting.groupby("gas", observed=True)[["co2e", "template_co2e"]].sum()

# %% [markdown]
# ## What would another rule book say of the same year?

# %%
other = cm.account(activity, library, guide="ndrc")
both = cm.compare(account, other, "entity")
both[both["entity"] == "chiping-aluminium"]

# %% [markdown]
# ## Which measurement, made better, would help most?

# %%
budget = account.budget("entity")
direct = budget[(budget["entity"] == "chiping-aluminium") & (budget["scope"] == "1")]
direct.head(5)

# %% [markdown]
# The largest component of the direct emissions is the one to measure. The share of the tonnes
# whose factors state no uncertainty at all is told as well: it is not taken as zero.

# %%
top = direct.iloc[0]
print(f"{top['component']}: {top['share']:.0%} of the stated variance")
unstated = year.loc[year["scope"] == "1", "records_without_u"].iloc[0]
print(f"{unstated:.0%} of the direct emissions rest on factors without a stated uncertainty")

assert 0.0 < top["share"] <= 1.0
assert (year["co2e"] > 0).all()
assert abs(budget.groupby(["entity", "kind", "scope"])["share"].sum() - 1).max() < 1e-9
