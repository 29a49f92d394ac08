#!/bin/bash
# The first process of the guest: mounts what programs need, runs the campaign, and turns the machine off.
# /proc/cmdline has REPOSITORY, PROGRAMS and ARGUMENTS, the latter with commas between them.
mount -t proc proc /proc
mount -t sysfs sys /sys
for place in /tmp /run /var/lib/nfs; do mount -t tmpfs tmpfs "$place"; done
for word in $(</proc/cmdline); do
  case $word in REPOSITORY=* | PROGRAMS=* | ARGUMENTS=*) export "${word?}" ;; esac
done
export PATH=$REPOSITORY/node_modules/.bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/tmp
export CRATES_MIRROR_TESTED_PROGRAMS=$PROGRAMS
ip link set lo up

# The modules of Debian's user-mode-linux, where modprobe looks for them.
mkdir -p /tmp/modules/lib/modules
mount --bind /usr/lib/uml/modules /tmp/modules/lib/modules
for module in loop vfat nls_cp437 nls_ascii nls_iso8859-1 nfs nfsv3 nfsd overlay fuse dm-mod dm-flakey dm-log-writes; do
  modprobe -d /tmp/modules "$module"
done

mkdir -p /var/lib/nfs/sm
touch /var/lib/nfs/etab /var/lib/nfs/rmtab
mount -t nfsd nfsd /proc/fs/nfsd
{ rpcbind -w && rpc.mountd --no-nfs-version 4 && rpc.nfsd --no-nfs-version 4 2; } 2>/dev/null

cd "$REPOSITORY" || exit
node test/faults/src/campaign.ts ${ARGUMENTS//,/ } 2>&1
echo "the campaign ended with $?"
echo o >/proc/sysrq-trigger
sleep 10
