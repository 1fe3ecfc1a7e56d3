"""The guides, as data: methods, factor layers, GWP set, grid series, rounding and boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from carbonmeter.methods.guide import PUBLISHED_YEARLY, Edition, Rounding, register

FUELS = (
    "combustion.fuel_by_carbon",
    "combustion.fuel",
    "combustion.gas",
)
POWER_UNIT = ("power.coal_by_carbon", "power.coal_unmeasured")
ONLY_POWER = {"power_unit_combustion": POWER_UNIT}
SMELTER = ("aluminium.anode_consumption",)
SLOPE_ELSE_DEFAULT = (
    "aluminium.slope_cf4",
    "aluminium.anode_effect_cf4",
    "aluminium.slope_c2f6",
    "aluminium.anode_effect_c2f6",
)
CARBONATES = ("carbonate.measured_purity", "carbonate.commodity")
GRID = ("electricity.purchased", "electricity.exported")
MARKET = (
    "electricity.purchased_residual",
    "electricity.exported_residual",
    "electricity.non_fossil",
)
NET_HEAT = ("heat.purchased", "heat.exported")
WATER_STEAM = ("heat.steam", "heat.hot_water")
PURCHASED = frozenset(
    {
        "electricity_purchase",
        "electricity_export",
        "non_fossil_electricity_purchase",
        "heat_purchase",
        "heat_export",
        "steam_purchase",
        "hot_water_purchase",
    }
)
MEMO = ("combustion.biogenic_carbon_dioxide", "recovery.carbon_dioxide")
# Reports in the NDRC's format took the regional averages of 2012 for data years up to 2020: no
# national average and no residual mix of those years was published.
GRID_UP_TO_2020 = {"grid_emission_factor": ("grid_regional_average_2012", date(2021, 1, 1))}
SHARED = ("cn-common", "cn-grid", "ghgp-scope2", "ipcc-2006-biomass")

# The NDRC guides and the first edition of GB/T 32151 share their equations and tables.
FIRST_GUIDES = (
    *FUELS,
    *SMELTER,
    *SLOPE_ELSE_DEFAULT,
    *CARBONATES,
    *GRID,
    "electricity.non_fossil_by_location",
    *MARKET,
    "electricity.purchased_without_residual",
    "electricity.exported_without_residual",
    *NET_HEAT,
    *WATER_STEAM,
    *MEMO,
)

FUEL = ("combustion of fossil fuels: carbon dioxide", "化石燃料燃烧的二氧化碳")
ANODE = ("anodes and anode effects of electrolysis", "阳极消耗和阳极效应")
CARBONATE = ("decomposition of carbonates", "碳酸盐分解")
SCRUBBER = ("flue-gas desulphurisation", "烟气脱硫")
INDIRECT = ("net purchased electricity and heat", "净购入电力和热力")
NO_CH4_N2O = ("methane and nitrous oxide of combustion", "燃烧的甲烷和氧化亚氮")
NO_LVAE = ("low-voltage anode effects", "低电压阳极效应")

register(
    Edition(
        name="ndrc-2013",
        guide="ndrc",
        title_en="NDRC guides of 2013-2015 for 24 industries",
        title_zh="国家发展改革委24个行业企业温室气体排放核算方法与报告指南（试行）",
        sources=("NDRC_CHEM_2013", "NDRC_AL_2013", "NDRC_NFM_2015"),
        valid_from=date(2013, 10, 15),
        valid_to=None,
        methods=FIRST_GUIDES,
        libraries=("ndrc-2013", *SHARED),
        gwp_set="SAR",
        total=("1", "2-location"),
        series={"grid_emission_factor": "grid_national_average"},
        earlier=GRID_UP_TO_2020,
        latest=PUBLISHED_YEARLY,
        counts=(FUEL, ANODE, CARBONATE, INDIRECT),
        leaves_out=(NO_CH4_N2O, NO_LVAE, SCRUBBER),
        outside=frozenset({"flue_gas_desulphurisation"}),
        not_read=(
            "clause numbers of the guides",
            "steam and hot-water clauses",
            "the market view of years without a residual mix (from memory)",
        ),
    )
)

register(
    Edition(
        name="gbt-32151-2015",
        guide="gbt-32151",
        title_en="GB/T 32151, first edition (2015-2018)",
        title_zh="GB/T 32151 温室气体排放核算与报告要求（第一版）",
        sources=("GBT32150_2015", "GBT32151_4_2015", "GBT32151_10_2015"),
        valid_from=date(2016, 6, 1),
        valid_to=date(2025, 3, 1),
        methods=FIRST_GUIDES,
        libraries=("ndrc-2013", *SHARED),
        gwp_set="SAR",
        total=("1", "2-location"),
        series={"grid_emission_factor": "grid_national_average"},
        earlier=GRID_UP_TO_2020,
        latest=PUBLISHED_YEARLY,
        counts=(FUEL, ANODE, CARBONATE, INDIRECT),
        leaves_out=(NO_CH4_N2O, NO_LVAE, SCRUBBER),
        outside=frozenset({"flue_gas_desulphurisation"}),
        not_read=("GB/T 32151.4-2015 and .10-2015 texts; equations and tables equal the NDRC's",),
    ),
    Edition(
        name="gbt-32151-4-2015",
        guide="gbt-32151",
        title_en="GB/T 32151.4-2015 (aluminium), until its second edition",
        title_zh="GB/T 32151.4-2015（铝冶炼），至第二版实施",
        sources=("GBT32150_2015", "GBT32151_4_2015"),
        valid_from=date(2025, 3, 1),
        valid_to=date(2026, 8, 1),
        methods=(*SMELTER, *SLOPE_ELSE_DEFAULT),
        libraries=("ndrc-2013",),
        gwp_set="SAR",
        total=("1", "2-location"),
        series={"grid_emission_factor": "grid_national_average"},
        counts=(ANODE,),
        leaves_out=(NO_LVAE,),
        not_read=("GB/T 32151.4-2015 text; equations and tables equal the NDRC's",),
    ),
    Edition(
        name="gbt-32151-34-2024",
        guide="gbt-32151",
        title_en="GB/T 32151.34-2024 fuel and carbonate tables with GB/T 32150-2025",
        title_zh="GB/T 32151.34-2024 与 GB/T 32150-2025",
        sources=("GBT32151_34_2024", "GBT32150_2025"),
        valid_from=date(2025, 3, 1),
        valid_to=None,
        methods=(
            *FUELS,
            "carbonate.measured_purity",
            "carbonate.desulphurisation",
            *GRID,
            "electricity.non_fossil_by_contract",
            *MARKET,
            *NET_HEAT,
            "heat.steam_full_enthalpy",
            *MEMO,
        ),
        libraries=("gbt-32151-34-2024", *SHARED),
        gwp_set="AR5",
        total=("1", "2-location"),
        series={"grid_emission_factor": "grid_national_average"},
        latest=PUBLISHED_YEARLY,
        counts=(FUEL, CARBONATE, SCRUBBER, INDIRECT),
        leaves_out=(NO_CH4_N2O, ANODE),
        outside=frozenset({"aluminium_smelting"}),
        not_read=("GB/T 32151.4-2026 (aluminium), .42/.43/.44-2024 (copper, lead, zinc)",),
    ),
)

POWER_2022 = Edition(
    name="cets-power-2022",
    guide="cets",
    title_en="Power guide of the national emissions trading scheme, data year 2022",
    title_zh="全国碳市场发电设施核算指南（2022年度数据）",
    sources=("CETS_AG_01_01",),
    valid_from=date(2022, 1, 1),
    valid_to=date(2023, 1, 1),
    methods=(
        *POWER_UNIT,
        *FUELS,
        *GRID,
        "electricity.non_fossil_by_location",
        *MARKET,
        *NET_HEAT,
        *MEMO,
    ),
    libraries=("cets-power-2022", *SHARED),
    gwp_set="AR5",
    total=("1", "2-location"),
    series={"grid_emission_factor": "grid_ets_prescribed"},
    latest=PUBLISHED_YEARLY,
    only=ONLY_POWER,
    counts=(FUEL, INDIRECT),
    leaves_out=(NO_CH4_N2O,),
    not_read=(
        "the power guide's text: the formula, coal's oxidation and upper limits, and a part"
        " of the fuel table are from memory",
    ),
)

register(
    POWER_2022,
    # From data year 2023 the allocation plan covers direct emissions only.
    replace(
        POWER_2022,
        name="cets-power-2023",
        title_en="Power guide of the national emissions trading scheme, data year 2023",
        title_zh="全国碳市场发电设施核算指南（2023年度数据）",
        valid_from=date(2023, 1, 1),
        valid_to=date(2024, 1, 1),
        total=("1",),
        counts=(FUEL,),
        leaves_out=(NO_CH4_N2O, INDIRECT),
    ),
    Edition(
        name="cets-2024",
        guide="cets",
        title_en="Guides of the national emissions trading scheme (CETS-AG), 2024",
        title_zh="全国碳市场企业温室气体排放核算与报告指南（CETS-AG）",
        sources=("CETS_AG_04_01_2024", "CETS_AG_01_01"),
        valid_from=date(2024, 1, 1),
        valid_to=None,
        methods=(
            *POWER_UNIT,
            *FUELS,
            *SMELTER,
            *SLOPE_ELSE_DEFAULT,
            *CARBONATES,
            "carbonate.desulphurisation",
            *GRID,
            "electricity.non_fossil_by_location",
            *MARKET,
            *NET_HEAT,
            *WATER_STEAM,
            *MEMO,
        ),
        libraries=("cets-2024", "cets-power-2022", *SHARED),
        gwp_set="AR5",
        total=("1",),
        series={"grid_emission_factor": "grid_national_average"},
        latest=PUBLISHED_YEARLY,
        only=ONLY_POWER,
        rounding={
            # The template prints sulphur and ash in percent with 2 and 3 decimals.
            "aluminium.anode_consumption": Rounding(
                quantity=2,
                inputs={"net_anode_consumption": 3, "anode_sulphur": 4, "anode_ash": 5},
                coefficient=2,
            ),
            **dict.fromkeys(SLOPE_ELSE_DEFAULT, Rounding(quantity=2)),
            "combustion.fuel_by_carbon": Rounding(quantity=2),
            "combustion.fuel": Rounding(quantity=2, inputs={"net_calorific_value": 3}),
            "combustion.gas": Rounding(quantity=2, inputs={"volumetric_calorific_value": 3}),
        },
        counts=(FUEL, ANODE, CARBONATE, SCRUBBER),
        leaves_out=(NO_CH4_N2O, NO_LVAE, INDIRECT),
        not_read=("appendix A of CETS-AG-04.01 itself", "the power guide's text"),
    ),
)

register(
    Edition(
        name="ipcc-2006",
        guide="ipcc-2006",
        title_en="2006 IPCC Guidelines for National Greenhouse Gas Inventories",
        title_zh="2006年IPCC国家温室气体清单指南",
        sources=("IPCC2006-V2", "IPCC2006-V3", "IPCC2006V4C2"),
        valid_from=date(1990, 1, 1),
        valid_to=None,
        methods=(
            "combustion.fuel_tier1",
            "combustion.methane",
            "combustion.nitrous_oxide",
            "combustion.gas_tier1",
            "aluminium.anode_tier1",
            "aluminium.slope_cf4",
            "aluminium.overvoltage_cf4",
            "aluminium.anode_effect_cf4",
            "aluminium.slope_c2f6",
            "aluminium.overvoltage_c2f6",
            "aluminium.anode_effect_c2f6",
            "combustion.biogenic_carbon_dioxide",
            "recovery.carbon_dioxide",
            "forest.stock_difference",
        ),
        libraries=("ipcc-2006", "ipcc-2006-biomass", "cn-forest"),
        gwp_set="AR5",
        total=("1",),
        counts=(("direct emissions of a territory and its sinks", "区域直接排放与碳汇"),),
        leaves_out=(
            ("purchased electricity and heat: an inventory has no scope 2", "外购电力热力"),
        ),
        outside=PURCHASED,
        not_read=("IPCC 2006 Vol. 4 Ch. 2 text (equations recalled)",),
    )
)

register(
    Edition(
        name="green-credit-2020",
        guide="green-credit",
        title_en="Measuring the reduction of green-credit projects (bank regulator, 2013; 2020)",
        title_zh="绿色信贷项目节能减排量测算指引",
        sources=("FS06", "FS21"),
        valid_from=date(2013, 1, 1),
        valid_to=None,
        methods=("renewable.displaced_power",),
        libraries=("green-credit",),
        gwp_set="AR5",
        total=(),
        latest=frozenset({"operating_margin", "build_margin"}),
        counts=(("avoided emissions of projects, on their own line", "项目减排量（单列）"),),
        not_read=("the guide's text: the formula is from memory, the loan share from a fragment",),
    )
)
