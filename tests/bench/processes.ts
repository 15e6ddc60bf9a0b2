/** What Linux tells of processes (proc_pid_stat(5), proc_pid_status(5)). */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of 10 ms on every Linux. */
const ticksPerS = 100;

/** CPU time a process has used, user and system, in seconds; 0 where it is not known. */
export function cpuSOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'ascii').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerS;
}

/** The most memory a process has had resident, in MB. */
export function rssPeakMbOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const status = readFileSync(`/proc/${pid}/status`, 'ascii');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

/** The memory a process has resident now, in MB. */
export function rssMbOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const status = readFileSync(`/proc/${pid}/status`, 'ascii');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

/** How many files, sockets and the like a process has open. */
export function openFilesOf(pid: number | undefined): number {
  return pid === undefined ? 0 : readdirSync(`/proc/${pid}/fd`).length;
}
