// Whoever has one address of IPv6 has all of its network: strangers are counted by it.
import { expect, test } from 'bun:test'
import { networkOf } from '../../relay/network-of.ts'

test('one network, however its addresses are written; another is another, and IPv4 stays as it is', () => {
  const one = ['2001:db8:0:1::1', '2001:DB8::1:ffff:ffff:ffff:ffff', '2001:0db8:0000:0001:aaaa:bbbb:cccc:dddd', '2001:db8:0:1:a::', '2001:db8:0:1::%eth0']
  expect([...new Set(one.map(networkOf))]).toEqual(['2001:db8:0:1::/64'])
  expect(['2001:db8:0:2::1', '2001:db8:1:1::1', '::1', '::', 'fe80::1%eth0', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::'].map(networkOf)).toEqual(['2001:db8:0:2::/64', '2001:db8:1:1::/64', '0:0:0:0::/64', '0:0:0:0::/64', 'fe80:0:0:0::/64', '1:2:3:4::/64', '1:2:3:4::/64'])
  expect(['203.0.113.7', '203.0.113.8', '::ffff:203.0.113.7', 'nonsense', '', null].map(networkOf)).toEqual(['203.0.113.7', '203.0.113.8', '::ffff:203.0.113.7', 'nonsense', '', ''])
})
