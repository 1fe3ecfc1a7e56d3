"""Substances weighed in units of their own, so that none passes for another.

tC and tCO2 are different dimensions: the step between them (44/12) belongs to a formula, and the
step to CO2e belongs to a gwp factor.
"""

from __future__ import annotations

SPECIES: dict[str, str] = {
    "C": "碳",
    "CO2": "二氧化碳",
    "CO2e": "二氧化碳当量",
    "CH4": "甲烷",
    "N2O": "氧化亚氮",
    "CF4": "四氟化碳",
    "C2F6": "六氟乙烷",
    "C3F8": "",
    "C4F10": "",
    "cC4F8": "",
    "C5F12": "",
    "C6F14": "",
    "SF6": "六氟化硫",
    "NF3": "三氟化氮",
    "HFC23": "",
    "HFC32": "",
    "HFC41": "",
    "HFC125": "",
    "HFC134": "",
    "HFC134a": "",
    "HFC143": "",
    "HFC143a": "",
    "HFC152": "",
    "HFC152a": "",
    "HFC161": "",
    "HFC227ea": "",
    "HFC236cb": "",
    "HFC236ea": "",
    "HFC236fa": "",
    "HFC245ca": "",
    "HFC245fa": "",
    "HFC365mfc": "",
    "HFC4310mee": "",
    "HCFC22": "",
    "NOx": "氮氧化物",
    # only the nitrogen or the carbon of a gas, as land-use tables print it: 44/28, 44/12 and 16/12
    # lead to the whole gas, and are steps of a formula
    "N2O_N": "",
    "CO2_C": "",
    "CH4_C": "",
}

# The only masses a species is counted in, in kilograms of it.
SPECIES_MASSES: tuple[tuple[str, str, str], ...] = (
    ("g", "1/1000", "克"),
    ("t", "1000", "吨"),
    ("Gg", "1000000", ""),
    ("Mt", "1000000000", ""),
)

# The other gases of the assessment reports, by designation (HFC-245ca is HFC245ca) or by formula,
# without the signs that the unit grammar keeps for itself. They are seldom met: their units are
# made when one is first asked for.
_SELDOM = """
CFC11 CFC12 CFC13 CFC113 CFC114 CFC115 Halon1301 Halon1211 Halon2402 Halon1202 CCl4 CH3Br CH2Br2
CH3CCl3 HCFC21 HCFC123 HCFC124 HCFC141b HCFC142b HCFC225ca HCFC225cb SO2F2 C7F16 C8F18 C10F18
SF5CF3 cC3F6 HFE125 HFE134 HFE143a HCFE235da2 HFE245cb2 HFE245fa2 HFE254cb2 HFE347mcc3
HFE347pcf2 HFE356pcc3 HFE569sf2 HFE4310pccc124 HFE236ca12 HFE338pcc13 HFE227ea HFE236ea2
HFE236fa HFE245fa1 HFE263fb2 HFE329mcc2 HFE338mcf2 HFE347mcf2 HFE356mec3 HFE356pcf2 HFE356pcf3
HFE365mcf3 HFE374pc2 HFE7100 HFE7200 PFPMIE CHCl3 CH2Cl2 CH3Cl Halon1201 CH3OCH3 HFE347mmy1
CF3CH2OH CF3CF2CH2OH HFIP HFE338mmz1 HFE356mmz1 HGalden1040x HG10 HG_prime_01 CF3I CF2_4CH_OH
CFC112 CFC112a CFC113a CFC114a R316c_E R316c_Z CFC1112 CFC1112a HCFC31 HCFC121 HCFC122 HCFC122a
HCFC123a HCFC124a HCFC132 HCFC132a HCFC132c HCFC133a HCFC141 HCFO1233zdE HCFO1233zdZ CHClCHF_EZ
HFC227ca HFC245cb HFC245ea HFC245eb HFC263fb HFC272ca HFC329p HFO1123 HFO1132a HFO1141
HFO1225yeZ HFO1225yeE HFO1234zeZ HFO1234zeE HFO1234yf HFO1336mzzE HFO1336mzzZ HFO1243zf
HFO1345zfc nC4F9CHCH2 nC6F13CHCH2 nC8F17CHCH2 CF3_2CCH2 cyc_CF2CF2CF2CH2CH2 cyc_CF2CF2CF2CHFCH2
cyc_CF2CF2CF2CFCH trans_cyc_CF2CF2CF2CHFCHF HFO1438ezyE HFO1447fz cyc_CHCFCF2CF2 cyc_CHCHCF2CF2
CH3CH2Cl CH2ClCH2Cl CHClCCl2 CCl2CCl2 CH3CHClCH3 CH3_CH2_2CH2Cl Halon2301 Halon2311 Halon2401
CHBr3 Halon1011 CH3CH2Br EDB CH3CH2CH2Br CH3CHBrCH3 N_C2F5_3 PTPA PFTBA N_CF2CF2CF2CF2CF3_3
CF3_2CFCN cyc_CFCFCF2CF2 cyc_CF2CF2CFCF2CF2 C10F18_Z C10F18_E PFC1114 PFC1216 CF2CFCFCF2
CF3CF2CFCF2 CF3CFCFCF3 HCFE235ca2 HFE254cb1 HFE263mf HFE263m1 CF3CH2CH2OH HFE347mmz1 HFE356mff2
CF3_CH2_2CH2OH cyc_CF2_4CH_OH HFE449s1 nHFE7100 iHFE7100 iHFE7200 HFE7300 HFE7500 HG02 HG03
fluroxene C12H5F19O2 CH3OCHF2 HG_prime_02 HG_prime_03 HFE329me3 CF3_CF2_4CH2CH2OH
CF3_CF2_6CH2CH2OH CF3_CF2_8CH2CH2OH CH3OCF2CHClF HFE216 CF3CF2OCHO CF3CH2OCHO CF3_2CHOCHO
CF3COOCHCH2 CF3COOCH2CH3 CF3COOCH2CHCH2 CF3COOCH3 CF3CF2CF2CH2OH CHF2CHFOCF3 CF3CHFCF2OCH2CH3
CF3CF2CF2OCHFCF3 CHF2CF2CH2OH CF3CHFCF2CH2OH CHF2CF2CH2OCH3 CF3CF2COCF_CF3_2 CF3CH2CHO CH2FCH2OH
CHF2CH2OH HG04 CH3OC7F13 CF3COCH3 CF3COCH2CH3 ClCH2CH2OCHCH2 C2H6 C3H8 nC4H10 CH3CH2COCH_CH3_2
CH3CH2OCH3 octafluorooxolane CH3CHCHCHO MVK AE AEE hex2en1ol_Z hex2en1ol_E allyl_cyanide
C6H18OSi2 C8H24O2Si3 C10H30O3Si4 C12H36O4Si5 C6H18O3Si3 C8H24O4Si4 C10H30O5Si5 C12H36O6Si6
"""
GASES = frozenset(_SELDOM.split())


def seldom_met(spelling: str) -> tuple[str, str] | None:
    """The mass and the gas of a unit such as tCFC11, if the gas is one of GASES.

    Examples
    --------
    >>> seldom_met("tCFC11"), seldom_met("tCO2")
    (('t', 'CFC11'), None)
    """
    for mass in ("kg", *(mass for mass, _, _ in SPECIES_MASSES)):
        gas = spelling.removeprefix(mass)
        if gas != spelling and gas in GASES:
            return mass, gas
    return None
