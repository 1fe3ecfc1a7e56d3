"""Units that openLCA's own reference data know, by their identifiers there."""

from __future__ import annotations

# What openLCA's own reference data call these, so that ours meet theirs: group, quantity, units.
MASS = (
    "93a60a57-a4c8-11da-a746-0800200c9a66",
    "93a60a56-a3c8-11da-a746-0800200b9a66",
    {
        "kg": "20aadc24-a391-41cf-b340-3e4529f44bde",
        "g": "e1317ffc-7f83-4a85-bc65-4fb229a25cf8",
        "t": "83192ffa-5990-490b-a23a-b45ca072db6f",
    },
)
ENERGY = (
    "93a60a57-a3c8-11da-a746-0800200c9a66",
    "f6811440-ee37-11de-8a39-0800200c9a66",
    {
        "MJ": "52765a6c-3896-43c2-b2f4-c679acf13efe",
        "kJ": "f4119718-2d50-47fe-9154-cab6fd2d30eb",
        "GJ": "01e58eb9-0aba-4c76-ba0c-03f6f3be1353",
        "TJ": "57c492e7-d94b-4fcc-98df-cdc4163b754c",
        "kWh": "86ad2244-1f0e-4912-af53-7865283103e4",
        "MWh": "92e3bd49-8ed5-4885-9db6-fc88c7afcfcb",
    },
)
KNOWN = {
    unit: (name, quantity, reference, group)
    for name, quantity, reference, group in (
        ("Units of mass", "Mass", "kg", MASS),
        ("Units of energy", "Energy", "MJ", ENERGY),
    )
    for unit in group[2]
}
