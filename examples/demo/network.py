"""The true network behind the demo: what every export would say if exports were clean.

`build()` makes day 1; `change()` turns it into day 2 in place. Nothing here knows how exports are spelled, that is
`generate.py`. All companies, addresses and serial numbers are invented; vendors and models are real.
"""

import random
from ipaddress import ip_network

REGIONS = {"EMEA": ["Switzerland", "Germany", "Sweden"], "Americas": ["Brazil", "Canada"], "APAC": ["Japan"]}
ZONES = {"Switzerland": "Europe/Zurich", "Germany": "Europe/Berlin", "Sweden": "Europe/Stockholm",
         "Brazil": "America/Sao_Paulo", "Canada": "America/Toronto", "Japan": "Asia/Tokyo"}
STORE, DIST, DATA, HQ = "Store", "Distribution Centre", "Data Centre", "Headquarters"

# facility code, name, country, type, brand, street, postcode, city, latitude, longitude
SITES = [
    ("ZRH00", "Zürich Hauptsitz", "Switzerland", HQ, "Group IT", "Hardturmstrasse 161, 3. OG", "8005", "Zürich", 47.3925, 8.5102),
    ("ZRH91", "Glattbrugg DC1", "Switzerland", DATA, "Group IT", "Sägereistrasse 35", "8152", "Opfikon", 47.4325, 8.5606),
    ("OLT51", "Olten Verteilzentrum", "Switzerland", DIST, "Group IT", "Industriestrasse 78", "4600", "Olten", 47.3433, 7.9131),
    ("ZRH01", "Zürich Bahnhofstrasse", "Switzerland", STORE, "Alpenkauf", "Bahnhofstrasse 75, Erdgeschoss", "8001", "Zürich", 47.3751, 8.5388),
    ("ZRH02", "Zürich Oerlikon", "Switzerland", STORE, "Lumi Home", "Franklinstrasse 20", "8050", "Zürich", 47.4108, 8.5446),
    ("BRN01", "Bern Marktgasse", "Switzerland", STORE, "Alpenkauf", "Marktgasse 40", "3011", "Bern", 46.9481, 7.4474),
    ("BSL01", "Basel Freie Strasse", "Switzerland", STORE, "Alpenkauf", "Freie Strasse 11", "4001", "Basel", 47.5565, 7.5891),
    ("LSN01", "Lausanne Flon", "Switzerland", STORE, "Lumi Home", "Rue de Genève 17", "1003", "Lausanne", 46.5212, 6.6293),
    ("LUZ01", "Luzern Weggisgasse", "Switzerland", STORE, "Alpenkauf", "Weggisgasse 9", "6004", "Luzern", 47.0529, 8.3068),
    ("FRA91", "Frankfurt DC2", "Germany", DATA, "Group IT", "Kleyerstraße 90, Halle B", "60326", "Frankfurt am Main", 50.0997, 8.6320),
    ("BER01", "Berlin Alexanderplatz", "Germany", STORE, "Nordmart", "Alexanderplatz 9", "10178", "Berlin", 52.5219, 13.4132),
    ("HAM01", "Hamburg Mönckebergstraße", "Germany", STORE, "Nordmart", "Mönckebergstraße 16", "20095", "Hamburg", 53.5510, 10.0010),
    ("MUC01", "München Marienplatz", "Germany", STORE, "Lumi Home", "Marienplatz 11, Eingang Süd", "80331", "München", 48.1372, 11.5755),
    ("CGN01", "Köln Schildergasse", "Germany", STORE, "Nordmart", "Schildergasse 65", "50667", "Köln", 50.9364, 6.9528),
    ("FRA01", "Frankfurt Zeil", "Germany", STORE, "Nordmart", "Zeil 106", "60313", "Frankfurt am Main", 50.1143, 8.6822),
    ("STR01", "Stuttgart Königstraße", "Germany", STORE, "Lumi Home", "Königstraße 27", "70173", "Stuttgart", 48.7784, 9.1800),
    ("MMA01", "Malmö Triangeln", "Sweden", STORE, "Nordmart", "Södra Förstadsgatan 41", "211 43", "Malmö", 55.5945, 13.0007),
    ("GOT01", "Göteborg Nordstan", "Sweden", STORE, "Nordmart", "Nordstadstorget 6", "411 05", "Göteborg", 57.7089, 11.9690),
    ("STO01", "Stockholm Gallerian", "Sweden", STORE, "Nordmart", "Hamngatan 37, plan 2", "111 53", "Stockholm", 59.3314, 18.0671),
    ("UPP01", "Uppsala Forum", "Sweden", STORE, "Lumi Home", "Bredgränd 6", "753 20", "Uppsala", 59.8580, 17.6447),
    ("ORB01", "Örebro Krämaren", "Sweden", STORE, "Nordmart", "Drottninggatan 29", "702 10", "Örebro", 59.2711, 15.2134),
    ("VCP51", "Jundiaí Centro de Distribuição", "Brazil", DIST, "Group IT", "Rod. Anhanguera, km 62", "13206-001", "Jundiaí", -23.1857, -46.8978),
    ("SAO01", "São Paulo Paulista", "Brazil", STORE, "Casa Verde", "Av. Paulista, 1230", "01310-100", "São Paulo", -23.5629, -46.6544),
    ("SAO02", "São Paulo Morumbi", "Brazil", STORE, "Casa Verde", "Av. Roque Petroni Júnior, 1089", "04707-900", "São Paulo", -23.6229, -46.6989),
    ("RIO01", "Rio de Janeiro Ipanema", "Brazil", STORE, "Casa Verde", "Rua Visconde de Pirajá, 550", "22410-002", "Rio de Janeiro", -22.9841, -43.2048),
    ("CWB01", "Curitiba Batel", "Brazil", STORE, "Casa Verde", "Av. do Batel, 1868", "80420-090", "Curitiba", -25.4431, -49.2899),
    ("BSB01", "Brasília Conjunto Nacional", "Brazil", STORE, "Casa Verde", "SDN CNB, Conj. A", "70077-900", "Brasília", -15.7913, -47.8830),
    ("YUL01", "Montréal Sainte-Catherine", "Canada", STORE, "Lumi Home", "677 rue Sainte-Catherine O.", "H3B 5K4", "Montréal", 45.5036, -73.5698),
    ("YYZ01", "Toronto Yonge Street", "Canada", STORE, "Lumi Home", "220 Yonge Street, Unit 110", "M5B 2H1", "Toronto", 43.6544, -79.3807),
    ("TYO01", "Tokyo Ginza", "Japan", STORE, "Lumi Home", "Ginza 4-6-16", "104-0061", "Tokyo", 35.6717, 139.7650),
    ("OSA01", "Osaka Shinsaibashi", "Japan", STORE, "Lumi Home", "Shinsaibashi-suji 1-7-1", "542-8501", "Osaka", 34.6744, 135.5008),
]
NEW_SITE = ("GVA01", "Genève Rue du Rhône", "Switzerland", STORE, "Alpenkauf", "Rue du Rhône 48, 1er étage", "1204", "Genève", 46.2036, 6.1476)

# model: vendor, operating system, part number, height, OUI, then runs of interfaces: (pattern, first, last, medium)
MODELS = {
    "ISR4331": ("Cisco", "IOS-XE", "ISR4331/K9", 1, 0x00A742, [("GigabitEthernet0/0/{}", 0, 2, "1G-T"), ("GigabitEthernet{}", 0, 0, "1G-T"), ("Loopback{}", 0, 0, "virtual"), ("Tunnel{}", 1, 2, "tunnel")]),
    "C8300-1N1S-6T": ("Cisco", "IOS-XE", "C8300-1N1S-6T", 1, 0x40B5C1, [("GigabitEthernet0/0/{}", 0, 5, "1G-T"), ("GigabitEthernet{}", 0, 0, "1G-T"), ("Loopback{}", 0, 0, "virtual")]),
    "C9300-48P": ("Cisco", "IOS-XE", "C9300-48P-A", 1, 0x70D379, [("GigabitEthernet1/0/{}", 1, 48, "1G-T"), ("TenGigabitEthernet1/1/{}", 1, 4, "10G-SFP+"), ("GigabitEthernet0/{}", 0, 0, "1G-T"), ("Vlan{}", 99, 99, "virtual"), ("Port-channel{}", 1, 1, "lag")]),
    "C9200L-24P-4G": ("Cisco", "IOS-XE", "C9200L-24P-4G-E", 1, 0xBC671C, [("GigabitEthernet1/0/{}", 1, 24, "1G-T"), ("GigabitEthernet1/1/{}", 1, 4, "1G-SFP"), ("Vlan{}", 99, 99, "virtual"), ("Port-channel{}", 1, 1, "lag")]),
    "C9500-24Y4C": ("Cisco", "IOS-XE", "C9500-24Y4C-A", 1, 0x2CF89B, [("TwentyFiveGigE1/0/{}", 1, 24, "25G-SFP28"), ("HundredGigE1/0/{}", 25, 28, "100G-QSFP28"), ("Vlan{}", 99, 99, "virtual"), ("Loopback{}", 0, 0, "virtual"), ("Port-channel{}", 1, 4, "lag")]),
    "C9120AXI-E": ("Cisco", "IOS-XE", "C9120AXI-E", 0, 0x3C13CC, [("GigabitEthernet{}", 0, 0, "2.5G-T"), ("Dot11Radio{}", 0, 1, "wifi6")]),
    "C9130AXI-E": ("Cisco", "IOS-XE", "C9130AXI-E", 0, 0x04EB40, [("GigabitEthernet{}", 0, 0, "5G-T"), ("Dot11Radio{}", 0, 1, "wifi6")]),
    "FortiGate-60F": ("Fortinet", "FortiOS", "FG-60F", 1, 0x0009F1, [("wan{}", 1, 2, "1G-T"), ("dmz", 0, 0, "1G-T"), ("internal{}", 1, 5, "1G-T"), ("fortilink", 0, 0, "lag"), ("loop.mgmt", 0, 0, "virtual")]),
    "FortiGate-200F": ("Fortinet", "FortiOS", "FG-200F", 1, 0x84398F, [("port{}", 1, 16, "1G-T"), ("x{}", 1, 4, "10G-SFP+"), ("ha", 0, 0, "1G-T"), ("mgmt", 0, 0, "1G-T")]),
    "EX3400-48P": ("Juniper", "Junos", "EX3400-48P", 1, 0x40A677, [("ge-0/0/{}", 0, 47, "1G-T"), ("xe-0/2/{}", 0, 3, "10G-SFP+"), ("irb.{}", 99, 99, "virtual"), ("me{}", 0, 0, "1G-T"), ("ae{}", 0, 0, "lag")]),
    "EX2300-24P": ("Juniper", "Junos", "EX2300-24P", 1, 0xF07CC7, [("ge-0/0/{}", 0, 23, "1G-T"), ("xe-0/1/{}", 0, 3, "10G-SFP+"), ("irb.{}", 99, 99, "virtual"), ("ae{}", 0, 0, "lag")]),
    "SRX320": ("Juniper", "Junos", "SRX320", 1, 0x88A25E, [("ge-0/0/{}", 0, 7, "1G-T"), ("lo{}", 0, 0, "virtual"), ("st0.{}", 1, 2, "tunnel")]),
    "AP45": ("Juniper", "Mist", "AP45-WW", 0, 0x5C5B35, [("eth{}", 0, 0, "5G-T"), ("wifi{}", 0, 1, "wifi6")]),
    "6300M 48G": ("Aruba", "AOS-CX", "JL663A", 1, 0x88E9A4, [("1/1/{}", 1, 48, "1G-T"), ("1/1/{}", 49, 52, "25G-SFP28"), ("vlan{}", 99, 99, "virtual"), ("mgmt", 0, 0, "1G-T"), ("lag{}", 1, 1, "lag")]),
    "6200F 24G": ("Aruba", "AOS-CX", "JL724A", 1, 0x9460D5, [("1/1/{}", 1, 24, "1G-T"), ("1/1/{}", 25, 28, "10G-SFP+"), ("vlan{}", 99, 99, "virtual"), ("lag{}", 1, 1, "lag")]),
    "AP-515": ("Aruba", "ArubaOS", "Q9H62A", 0, 0xD015A6, [("eth{}", 0, 1, "2.5G-T"), ("radio{}", 0, 1, "wifi6")]),
    "DCS-7050SX3-48YC8": ("Arista", "EOS", "DCS-7050SX3-48YC8-F", 1, 0xFCBD67, [("Ethernet{}", 1, 48, "25G-SFP28"), ("Ethernet{}/1", 49, 56, "100G-QSFP28"), ("Management{}", 1, 1, "1G-T"), ("Loopback{}", 0, 0, "virtual")]),
}
# what a store of a country is built from: router, firewall, 48-port switch, 24-port switch, access point
KITS = {
    "Sweden": ("SRX320", "FortiGate-60F", "EX3400-48P", "EX2300-24P", "AP45"),
    "Brazil": ("ISR4331", "FortiGate-60F", "6300M 48G", "6200F 24G", "AP-515"),
}
CISCO = ("ISR4331", "FortiGate-60F", "C9300-48P", "C9200L-24P-4G", "C9120AXI-E")
MANAGEMENT = ("Vlan99", "irb.99", "vlan99", "GigabitEthernet0", "mgmt", "loop.mgmt", "Management1", "eth0", "ge-0/0/0")
LOOPBACK = ("Loopback0", "lo0")

# vid, name, network inside the site's /20; the guest network lives in a namespace of its own
VLANS = [(10, "DATA", "0.0/24"), (20, "VOICE", "1.0/26"), (30, "POS", "2.0/26"), (40, "WIFI-CORP", "3.0/24"), (50, "CCTV", "4.0/26"), (99, "MGMT", "15.0/25")]
INTERFACES = 6000
DAY1_AP_CUT = {"ZRH02", "LSN01", "STR01", "UPP01", "YUL01"}   # smaller stores: two access points fewer


class Network:
    def __init__(self):
        self.locations = {}     # name -> dict
        self.devices = {}       # name -> dict with interfaces {name: dict} and addresses [dict]
        self.namespaces = {}    # name -> description
        self.prefixes = {}      # (namespace, cidr) -> dict
        self.addresses = {}     # (namespace, host) -> dict, those the IPAM knows
        self.groups = {}        # facility -> {"site", "country", "vlans": {vid: dict}}
        self.blocks = {}        # facility -> (the site's /20, its IPv6 /48)

    def prefix(self, cidr, description, kind="network", namespace="Global", status="Active", vlan=None, group=None):
        self.prefixes[namespace, str(ip_network(cidr))] = dict(kind=kind, description=description, status=status, vlan=vlan, group=group)

    def address(self, host, length, description, dns="", namespace="Global", status="Active", role=None):
        self.addresses[namespace, str(host)] = dict(length=length, description=description, dns=dns, status=status, role=role)


def build():
    rng = random.Random(7)
    net = Network()
    for region, countries in REGIONS.items():
        net.locations[region] = dict(type="Region", parent=None, status="Active")
        for country in countries:
            net.locations[country] = dict(type="Country", parent=region, status="Active")
    net.namespaces = {"Global": "Everything that is routed between sites", "Guest WiFi": "Guest networks; the plan overlaps with Global on purpose",
                      "Lab": "Test benches in the headquarters, never routed"}
    net.prefix("10.0.0.0/8", "All sites", kind="container")
    for region, cidr in zip(REGIONS, ("10.16.0.0/12", "10.32.0.0/12", "10.48.0.0/12")):
        net.prefix(cidr, f"Sites in {region}", kind="container")
    net.prefix("10.255.0.0/24", "Loopbacks", kind="pool")
    net.prefix("2001:db8::/32", "All sites, IPv6", kind="container")
    net.prefix("10.0.0.0/8", "All guest networks", kind="container", namespace="Guest WiFi")
    net.prefix("10.16.0.0/16", "Lab benches", kind="container", namespace="Lab")
    for bench in range(1, 5):   # the same addresses as in Zürich, in another namespace
        net.prefix(f"10.16.{bench}.0/24", f"Bench {bench}", namespace="Lab")
        for host in (1, 10, 11):
            net.address(f"10.16.{bench}.{host}", 24, f"Bench {bench} host {host}", f"bench{bench}-{host}.lab.retail.example", namespace="Lab")
    for site in SITES:
        add_site(net, rng, site)
    fill_hub_tunnels(net, rng)
    # Wrong on day 1 so that day 2 can put it right: a mistyped name, a store that is not open yet.
    rename(net, "muc01-sw03", "muc01-sw3")
    net.locations["Osaka Shinsaibashi"]["status"] = "Planned"
    for device in net.devices.values():
        if device["site"] == "Osaka Shinsaibashi":
            device["status"] = "Planned"
    net.groups["CGN01"]["vlans"][45] = dict(name="TEMP-EVENT", status="Reserved")
    net.prefixes["Global", "2001:db8:d::/48"]["status"] = "Reserved"
    return net


def add_site(net, rng, site, access_point=None):
    code, name, country, kind, brand, street, postcode, city, lat, lon = site
    number = len(net.blocks)
    region = next(r for r, countries in REGIONS.items() if country in countries)
    base = {"EMEA": 16, "Americas": 32, "APAC": 48}[region]
    nth = sum(1 for _, (block, _) in net.blocks.items() if int(str(block).split(".")[1]) // 16 * 16 == base)
    block = ip_network(f"10.{base + nth // 16}.{nth % 16 * 16}.0/20")
    block6 = ip_network(f"2001:db8:{number + 1:x}::/48")
    net.blocks[code] = (block, block6)
    net.locations[name] = dict(type=kind, parent=country, status="Active", brand=brand, facility=code, asn=64600 + number,
                               zone=ZONES[country], street=street, postcode=postcode, city=city, lat=lat, lon=lon,
                               description=f"{brand} {kind.lower()} {city}")
    net.groups[code] = dict(site=name, country=country, vlans={vid: dict(name=label, status="Active") for vid, label, _ in VLANS})
    net.prefix(block, name, kind="container")
    net.prefix(block6, f"{name}, IPv6", kind="container")
    first, second = str(block).split(".")[0:2], int(str(block).split(".")[2])
    for vid, label, inside in VLANS:
        third, rest = inside.split(".", 1)
        network = ip_network(f"{first[0]}.{first[1]}.{second + int(third)}.{rest}")
        net.prefix(network, f"{code} {label.lower()}", vlan=vid, group=code)
        net.address(network[1], network.prefixlen, f"{code} {label.lower()} gateway", f"gw-{vid}.{code}.retail.example".lower(), role="VRRP")
    for vid, label in ((10, "data"), (99, "mgmt")):
        network = ip_network((int(block6.network_address) + (vid << 64), 64))
        net.prefix(network, f"{code} {label}, IPv6", vlan=vid, group=code)
        net.address(network[1], 64, f"{code} {label} gateway, IPv6", f"gw6-{vid}.{code}.retail.example".lower(), role="VRRP")
    if kind == STORE:
        net.groups[code]["vlans"][60] = dict(name="GUEST", status="Active")
        net.prefix(f"{first[0]}.{first[1]}.{second}.0/24", f"{code} guest", namespace="Guest WiFi", vlan=60, group=code)
        till = ip_network(f"{first[0]}.{first[1]}.{second + 2}.0/26")
        for number in range(1, 4):
            net.address(till[10 + number], 26, f"Till {number}", f"till{number}.{code}.retail.example".lower())
    router, firewall, large, small, ap = KITS.get(country, CISCO)
    plan = {
        STORE: [("rtr", "store-router", router, 1), ("fw", "firewall", firewall, 1), ("sw", "access-switch", large, 1), ("sw", "access-switch", small, 2),
                ("ap", "ap", access_point or ap, 5 if code in DAY1_AP_CUT else 7)],
        DIST: [("rtr", "wan-router", "C8300-1N1S-6T", 1), ("fw", "firewall", "FortiGate-200F", 2), ("cs", "core-switch", "C9500-24Y4C", 2),
               ("sw", "access-switch", small, 4), ("ap", "ap", ap, 17)],
        DATA: [("rtr", "wan-router", "C8300-1N1S-6T", 2), ("fw", "firewall", "FortiGate-200F", 2), ("cs", "core-switch", "C9500-24Y4C", 2), ("lf", "dc-leaf", "DCS-7050SX3-48YC8", 4)],
        HQ: [("rtr", "wan-router", "C8300-1N1S-6T", 1), ("fw", "firewall", "FortiGate-200F", 2), ("cs", "core-switch", "C9500-24Y4C", 2),
             ("sw", "access-switch", large, 7), ("ap", "ap", ap, 14)],
    }[kind]
    counters = {}
    for short, role, model, count in plan:
        for _ in range(count):
            counters[short] = counters.get(short, 0) + 1
            add_device(net, rng, f"{code}-{short}{counters[short]:02}".lower(), role, model, code, name, country, brand)


def add_device(net, rng, name, role, model, code, site, country, brand):
    vendor, os, part, height, oui, runs = MODELS[model]
    block, block6 = net.blocks[code]
    mgmt, mgmt6 = ip_network((int(block.network_address) + 15 * 256, 25)), int(block6.network_address) + (99 << 64)
    number = 10 + sum(1 for device in net.devices.values() if device["site"] == site)
    device = dict(name=name, role=role, model=model, vendor=vendor, os=os, part=part, height=height, site=site, country=country, brand=brand,
                  status="Active", serial="".join(rng.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=3)) + f"{rng.randrange(10**8):08}", interfaces={}, addresses=[])
    mac = (oui << 24) + (rng.randrange(1 << 24) & ~0x7F)
    for pattern, low, high, medium in runs:
        for n in range(low, high + 1):
            iface = interface(rng, role, medium, pattern.format(n), site)
            if medium not in ("virtual", "tunnel", "lag"):
                mac += 1
                iface["mac"] = f"{mac:012x}"
            device["interfaces"][pattern.format(n)] = iface
    port = next((n for n in MANAGEMENT if n in device["interfaces"]), next(iter(device["interfaces"])))
    device["addresses"].append(dict(interface=port, host=str(mgmt[number]), length=25))
    if role != "ap":
        device["addresses"].append(dict(interface=port, host=f"{ip_network((mgmt6, 64))[number]}", length=64))
        if role.endswith("router"):   # the IPAM knows the routers too, and its description is the better one
            net.address(mgmt[number], 25, f"Router of {site}", f"{name}.retail.example")
    loopback = next((n for n in LOOPBACK if n in device["interfaces"]), None)
    if loopback:
        nth = sum(1 for d in net.devices.values() for a in d["addresses"] if a["length"] == 32)
        device["addresses"].append(dict(interface=loopback, host=str(ip_network("10.255.0.0/24")[nth + 1]), length=32))
    net.devices[name] = device


def interface(rng, role, medium, name, site):
    iface = dict(medium=medium, mac=None, mtu=None, enabled=True, status="Active", description="", mgmt_only=name in ("GigabitEthernet0", "GigabitEthernet0/0", "mgmt", "me0", "Management1"))
    if role == "access-switch" and medium == "1G-T":
        iface["description"] = rng.choice(["", "", "", "Till", "Till", "Phone", "Printer", "Camera", "Access point", "Office", "Price display"])
        if not iface["description"] and rng.random() < 0.4:
            iface["enabled"] = False
    elif medium in ("10G-SFP+", "25G-SFP28", "100G-QSFP28", "1G-SFP"):
        iface["mtu"] = 9216 if medium == "100G-QSFP28" else None
        iface["description"] = rng.choice(["", "Uplink to core", "Uplink to router"])
    elif medium == "lag":
        iface["description"] = f"Uplink bundle, {site}"
    elif medium == "tunnel":
        iface.update(mtu=1400, description="VPN to " + ("Glattbrugg DC1" if name[-1] == "1" else "Frankfurt DC2"))
    return iface


def fill_hub_tunnels(net, rng):
    """VPN hubs end one tunnel per store, then some to partners: as many as bring the interfaces to the promised number."""
    stores = [name for name, location in net.locations.items() if location["type"] == STORE]
    hubs = [device for device in net.devices.values() if device["role"] == "wan-router" and net.locations[device["site"]]["type"] == DATA]
    number = 0
    while sum(len(device["interfaces"]) for device in net.devices.values()) < INTERFACES:
        hub, nth = hubs[number % len(hubs)], number // len(hubs)
        iface = interface(rng, "wan-router", "tunnel", "Tunnel", "")
        iface["description"] = f"VPN from {stores[nth]}" if nth < len(stores) else f"VPN partner {nth - len(stores) + 1}"
        hub["interfaces"][f"Tunnel{100 + nth}"] = iface
        number += 1


def rename(net, old, new):
    """Keeps the place of the device, so that exports differ in the name only."""
    net.devices = {(new if name == old else name): device for name, device in net.devices.items()}
    net.devices[new]["name"] = new


def change(net):
    """Day 2. Each paragraph is one thing that a network team would recognise; the README lists them in the same order."""
    rng = random.Random(72)

    # A new store opens, with a new model of access point.
    add_site(net, rng, NEW_SITE, access_point="C9130AXI-E")

    # Osaka goes live; Toronto moves next door; Basel gets its new autonomous system.
    net.locations["Osaka Shinsaibashi"]["status"] = "Active"
    for device in net.devices.values():
        if device["site"] == "Osaka Shinsaibashi":
            device["status"] = "Active"
    net.locations["Toronto Yonge Street"]["street"] = "218 Yonge Street, Unit 4"
    net.locations["Basel Freie Strasse"]["asn"] = 4200000001

    # Everyday port work: labels, jumbo frames, ports opened, ports under repair.
    ports = [(d, i) for d in net.devices.values() if d["site"] != NEW_SITE[1] and d["name"] not in ("muc01-sw3", "vcp51-sw04")
             for i in d["interfaces"].values() if d["role"] == "access-switch" and i["medium"] == "1G-T"]
    chosen = rng.sample(range(len(ports)), 49)
    for index in chosen[:40]:
        ports[index][1]["description"] = "Self-checkout"
    for index in chosen[40:46]:
        ports[index][1]["enabled"] = not ports[index][1]["enabled"]
    for index in chosen[46:49]:
        ports[index][1]["status"] = "Maintenance"
    for name in ("zrh91-lf01", "zrh91-lf02"):
        for port in range(1, 7):
            net.devices[name]["interfaces"][f"Ethernet{port}"]["mtu"] = 9214

    # One access point is dead, one was replaced under warranty: new serial number, new MAC addresses.
    net.devices["yul01-ap02"]["status"] = "Offline"
    replaced = net.devices["sto01-ap03"]
    replaced["serial"] = "RMA" + replaced["serial"][3:]
    for iface in replaced["interfaces"].values():
        iface["mac"] = f"{int(iface['mac'], 16) ^ 0x7F00:012x}"

    # A switch in Berlin becomes the first distribution switch: a new role.
    net.devices["ber01-sw01"]["role"] = "distribution-switch"

    # Address plan: Berlin's voice network grows (its gateway gets a longer network), Bern's management network moves.
    net.prefix(resize(net, "BER01", "VOICE", 25), "BER01 voice", vlan=20, group="BER01")
    move_management(net, "BRN01", "Bern Marktgasse")
    net.prefixes["Global", "2001:db8:d::/48"]["status"] = "Active"

    # VLANs: one renamed (its number is its identity), one new, one gone.
    net.groups["HAM01"]["vlans"][50]["name"] = "CAMERAS"
    net.groups["ZRH00"]["vlans"][70] = dict(name="IOT", status="Active")
    del net.groups["CGN01"]["vlans"][45]

    # A mistyped device name is corrected. The name is the identity, so this is a delete and a create, with all interfaces.
    rename(net, "muc01-sw3", "muc01-sw03")

    # Gone: a switch and an access point, six partner tunnels.
    del net.devices["vcp51-sw04"], net.devices["cwb01-ap07"]
    hub = net.devices["fra91-rtr01"]["interfaces"]
    for name in [n for n, i in hub.items() if i["description"].startswith("VPN partner")][-6:]:
        del hub[name]


def resize(net, code, label, length):
    key = next(k for k, p in net.prefixes.items() if p["description"] == f"{code} {label.lower()}" and k[0] == "Global")
    del net.prefixes[key]
    larger = ip_network(key[1]).supernet(new_prefix=length)
    for (namespace, host), address in net.addresses.items():
        if namespace == "Global" and address["description"].startswith(f"{code} {label.lower()}") and ":" not in host:
            address["length"] = length
    return larger


def move_management(net, code, site):
    block = net.blocks[code][0]
    old, new = (ip_network((int(block.network_address) + third * 256, 25)) for third in (15, 14))
    net.prefixes["Global", str(new)] = net.prefixes.pop(("Global", str(old)))
    shift = int(new.network_address) - int(old.network_address)
    moved = {}
    for (namespace, host), address in net.addresses.items():
        inside = namespace == "Global" and ":" not in host and ip_network(host).subnet_of(old)
        moved[namespace, str(ip_network(host).network_address + shift) if inside else host] = address
    net.addresses = moved
    for device in net.devices.values():
        for address in device["addresses"] if device["site"] == site else ():
            if ":" not in address["host"] and ip_network(address["host"]).subnet_of(old):
                address["host"] = str(ip_network(address["host"]).network_address + shift)
