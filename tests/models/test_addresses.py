"""Which addresses are public, in every dress a private one can wear."""

import pytest

from workers.outgoing import AllowList, is_public

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.0.192",
    "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "192.88.99.1",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "ff0e::1",
    "100::1", "2001:db8::1", "2001:2::1", "3fff::1", "5f00::1", "4000::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1",  # mapped
    "::127.0.0.1", "::169.254.169.254",  # compatible
    "::ffff:0:127.0.0.1",  # translated
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1",  # NAT64
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1",  # 6to4
    "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo: private server, private client
    "2001:470::200:5efe:7f00:1", "2001:470::5efe:10.0.0.1",  # ISATAP
    "", "localhost", "1.2.3", "2130706433",
]  # fmt: skip

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1",
    "2606:4700:4700::1111", "2a00:1450:4001:82a::200e", "::ffff:8.8.8.8", "64:ff9b::808:808",
    "2002:808:808::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


def test_the_allow_list_permits_exactly_its_pairs() -> None:
    allow = AllowList.parse("localhost:11434, [::1]:8080,Models.lan:80")

    assert allow.permits("localhost", 11434)
    assert allow.permits("LOCALHOST.", 11434)
    assert allow.permits("::1", 8080)
    assert allow.permits("models.lan", 80)
    assert not allow.permits("localhost", 11435)
    assert not allow.permits("127.0.0.1", 11434)
    assert not allow.permits("x.localhost", 11434)


@pytest.mark.parametrize("text", ["localhost", "localhost:", ":80", "a:b", "a:0", "a:65536", "10.0.0.0/8"])
def test_an_allow_list_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        AllowList.parse(text)
