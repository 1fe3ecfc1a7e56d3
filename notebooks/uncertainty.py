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
# # How sure is a prefecture of its tonnes, and what should it measure next?
#
# For the metrologist. The data is the embedded prefecture: invented firms whose sizes are scaled
# from published figures.

# %%
import carbonmeter as cm

plant = cm.example("liaocheng")
library = (
    cm.FactorLibrary.open(plant.measured)
    .over(cm.FactorLibrary.default())
    .with_bounds_from(cm.FactorLibrary.shipped("ipcc-2006"))
)
account = cm.account(cm.read_activity(plant.activity), library, guide="cets")
total = account.total("entity")
total.where(scope="1")[["entity", "co2e", "U", "U_percent", "largest"]]

# %% [markdown]
# ## Firms are not independent
#
# Two firms that burn the same fuel by the same default are wrong together. Nobody typed this
# matrix: it follows from the records and meters that lines share.

# %%
direct = total.correlation("entity").xs("1", level="scope").xs("1", level="scope", axis=1)
direct = direct.droplevel("kind").droplevel("kind", axis=1)
print(direct.round(2).to_string())

# %% [markdown]
# What connects records beyond being the same one is stated by name: say that half of the variance
# of the calorific values is one bias of the table they come from. U of the whole prefecture grows,
# because what was averaged out before now adds up.

# %%
used = account.budget()
values = used.loc[used["component"].str.startswith("net_calorific_value"), "id"].unique()
bias = cm.Common("bias of the table of calorific values", tuple(values), part=0.5)
alone, together = account.total(), account.total().connected(bias)
print(together.where(scope="1")[["co2e", "U", "largest"]].to_string())

# %% [markdown]
# ## Which measurement, made better, would help most?

# %%
better = total.improvements()
first = better[better["scope"] == "1"].iloc[0]
print(f"{first['entity']}: {first['component']} known perfectly would bring U from")
print(f"{first['U']:,.0f} to {first['U_if_perfect']:,.0f} tCO2e")

# %% [markdown]
# ## Does first order hold?
#
# The second-order term says by how much the expansion bends, draws of the formulas themselves say
# whether the interval is right.

# %%
bent = total.second_order()
drawn = total.sample(20_000, seed=1).frame()
print(drawn[["entity", "scope", "u", "u_first", "low", "high", "verdict"]].head(6).to_string())

# %% [markdown]
# Parents are the sums of their children, draw by draw, so the prefecture's interval is not wider
# than its firms allow.

# %%
sampled = total.sample(20_000, seed=1)
whole = sampled.by().draws(kind="emission", scope="1")
firms = total.where(scope="1", kind="emission")["entity"]
parts = [sampled.draws(entity=firm, kind="emission", scope="1") for firm in firms]

assert together.where(scope="1")["U"].iloc[0] > alone.where(scope="1")["U"].iloc[0]
assert bent["U_second_order"].notna().any()
assert abs(whole - sum(parts)).max() < 1e-6 * whole.mean()
