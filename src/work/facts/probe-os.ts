/**
 * Shell: the clock, what the system is, how long it has been up, and who is there. Sets `muster_family` and
 * `muster_release`. `time` is seconds, offset and, where date(1) knows them, nanoseconds: musl's stops at what it does not
 * know. os-release(5) is data, and what a shell would run in it is not run.
 */
export const OS = `
muster_say "time $(date '+%s %z %N')"
muster_uname=$(uname -snrvm)
muster_say "uname $muster_uname"
muster_family=\${muster_uname%% *}
muster_release=\${muster_uname#* * }
muster_release=\${muster_release%% *}
muster_os_release() {
  while IFS= read -r muster_line || [ -n "$muster_line" ]; do
    case $muster_line in
      ID=*|PRETTY_NAME=*|VERSION_ID=*|VERSION_CODENAME=*) muster_say "os $muster_line" ;;
    esac
  done <"$1"
}
if [ -r /etc/os-release ]; then muster_os_release /etc/os-release
elif [ -r /usr/lib/os-release ]; then muster_os_release /usr/lib/os-release
else muster_first redhat /etc/redhat-release
fi
case $muster_family in
  Darwin) muster_tell sw_vers "$(sw_vers)" ;;
  FreeBSD) muster_tell freebsd "$(freebsd-version -ku)" ;;
esac
muster_first uptime /proc/uptime
muster_first load /proc/loadavg
muster_tell who "$(who)"
`;
