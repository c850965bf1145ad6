/**
 * Shell: the file systems, by df(1) in the form of POSIX; `df-type` with their types, as Linux and FreeBSD tell them and
 * busybox may. It is the last thing of all: it waits for a file server that is gone. What it says of mounts that it may not
 * look at makes it fail, and the others are told all the same.
 */
export const DISKS = `
muster_disks=
if [ "$muster_family" = Darwin ]; then muster_tell mount "$(mount)"
else muster_disks=$(df -PkT)
fi
if [ -n "$muster_disks" ]; then muster_tell df-type "$muster_disks"
else muster_tell df "$(df -Pk)"
fi
`;
