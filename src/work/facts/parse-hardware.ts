import type { Facts } from '../../model/facts.ts';
import type { Uname } from './parse-os.ts';
import { all, first, pairs, text, type Said } from './said.ts';

/** As DMI has it (SMBIOS), or a device tree, or Apple. */
export function parseHardware(said: Said): Facts['hardware'] {
  const dmi = dmiOf(said);
  const serial = /"IOPlatformSerialNumber" = "([^"]{1,64})"/u.exec(first(said, 'ioreg') ?? '')?.[1];
  if (dmi.vendor === null && dmi.model === null && said.has('sw_vers')) {
    const model = text(pairs(said, 'sysctl', ': ').get('hw.model'));
    return { vendor: 'Apple Inc.', model, serial: text(serial) };
  }
  return dmi;
}

function dmiOf(said: Said): Facts['hardware'] {
  const linux = pairs(said, 'dmi', ' ');
  const kenv = pairs(said, 'kenv', '=');
  const of = (key: string, bsd: string): string | null =>
    meant(linux.get(key) ?? kenv.get(`smbios.system.${bsd}`)?.replace(/^"(.*)"$/u, '$1'));
  return {
    vendor: of('sys_vendor', 'maker'),
    model: of('product_name', 'product') ?? meant(linux.get('tree')),
    serial: of('product_serial', 'serial'),
  };
}

/** What makers leave in place of a name. */
function meant(value: string | undefined): string | null {
  const said = text(value?.replaceAll('\0', ''));
  return said === null || UNMEANT.test(said) ? null : said;
}

/**
 * By the names of systemd-detect-virt(1): a container ahead of the machine that it is in. `vm`: of a kind that is not known.
 * On Linux what tells of no guest is hardware, for there is nothing that says so.
 */
export function parseVirtualization(said: Said, uname: Uname): string | null {
  const container = text(first(said, 'container'), 64);
  if (container !== null) return container;
  const sysctl = pairs(said, 'sysctl', ': ');
  if (uname.family === 'freebsd') return freeBsd(sysctl);
  if (uname.family === 'darwin') {
    const isGuest = sysctl.get('kern.hv_vmm_present');
    return isGuest === '1' ? 'apple' : isGuest === '0' ? 'none' : null;
  }
  if (uname.family !== 'linux') return null;
  if (/microsoft/iu.test(uname.release ?? '')) return 'wsl';
  return guestOf(said) ?? 'none';
}

function guestOf(said: Said): string | null {
  const { vendor, model } = dmiOf(said);
  const named = `${vendor ?? ''}\n${model ?? ''}`;
  // What is rented whole has its owner's name too.
  if (/\.metal/u.test(named)) return null;
  const clocks = first(said, 'clocks') ?? '';
  const isKvm = /\bkvm-clock\b/u.test(clocks);
  const known = GUESTS.find(([pattern]) => pattern.test(named))?.[1];
  if (known === 'qemu' && isKvm) return 'kvm';
  if (known !== undefined) return known;
  if (isKvm) return 'kvm';
  if (/\bhyperv_/u.test(clocks)) return 'microsoft';
  const hypervisors = all(said, 'hypervisor');
  if (hypervisors.includes('xen')) return 'xen';
  return hypervisors.includes('flag') ? 'vm' : null;
}

/** security(7), vm_guest(4): its own names, but for those that are told otherwise here. */
function freeBsd(sysctl: ReadonlyMap<string, string>): string | null {
  if (sysctl.get('security.jail.jailed') === '1') return 'jail';
  const guest = sysctl.get('kern.vm_guest');
  if (guest === 'hv') return 'microsoft';
  if (guest === 'vbox') return 'virtualbox';
  if (guest === 'generic') return 'vm';
  return text(guest, 64);
}

const UNMEANT =
  /^(?:0+|none|unknown|n\/a|not (?:specified|applicable|available)|default string|system (?:manufacturer|product name|serial number)|to be filled by o\.?e\.?m\.?|\s*)$/iu;

const GUESTS: readonly (readonly [RegExp, string])[] = [
  [/^Amazon EC2/u, 'amazon'],
  [/^Google/u, 'google'],
  [/\bVMware/u, 'vmware'],
  [/VirtualBox|^innotek/u, 'virtualbox'],
  [/^Microsoft Corporation\nVirtual Machine/u, 'microsoft'],
  [/^Parallels/u, 'parallels'],
  [/BHYVE/u, 'bhyve'],
  [/^Xen|\nHVM domU/u, 'xen'],
  [/\nKVM\b|^Red Hat\n/u, 'kvm'],
  [/QEMU/u, 'qemu'],
  // What QEMU, kvmtool and Firecracker have in place of firmware.
  [/\nlinux,dummy-virt/u, 'vm'],
];
