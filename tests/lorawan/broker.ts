import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { eventually, freePort, Program, programPath, temporaryFolder } from '../services/programs.ts';

/** A real mosquitto that sends each packet at once: with Nagle's algorithm every exchange of a run in lockstep takes 40 ms. */
export interface PromptBroker {
  readonly url: string;
  remove(): Promise<void>;
}

export async function startBroker(): Promise<PromptBroker> {
  const { folder, remove } = await temporaryFolder('prompt-broker');
  const port = await freePort();
  const config = path.join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'set_tcp_nodelay true',
    'user root',
    '',
  ];
  await writeFile(config, lines.join('\n'));
  const program = new Program(programPath('mosquitto') ?? 'mosquitto', ['-c', config]);
  await eventually(async () => {
    if (!program.running) throw new Error(`mosquitto ended: ${program.output}`);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  });
  return {
    url: `mqtt://127.0.0.1:${port}`,
    remove: async () => {
      await program.end();
      await remove();
    },
  };
}
