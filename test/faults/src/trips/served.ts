import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';

const CONCURRENCY = 16;

interface Answer {
  readonly status: number | undefined;
  readonly body: Buffer;
}

/**
 * Compares the answers of servers: each index file, and the last crate file that it names.
 *
 * @param origins of the servers, of which the first is the one to be equal to
 * @returns how many answers were compared
 * @throws if they differ
 */
export async function compareServed(origins: readonly string[], files: readonly string[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  let compared = 0;
  const queue = files.values();
  const work = async (): Promise<void> => {
    for (const file of queue) {
      const index = await sameOf(agent, origins, `/index/${file}`);
      compared += 1;
      if (index.status !== 200) continue;
      const last = index.body.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
      const { name, vers } = JSON.parse(last) as { name: string; vers: string };
      const crate = await sameOf(agent, origins, `/crates/${name}-${encodeURIComponent(vers)}.crate`);
      assert.equal(crate.status, 200, `${name} ${vers}`);
      compared += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  agent.destroy();
  return compared;
}

async function sameOf(agent: Agent, origins: readonly string[], path: string): Promise<Answer> {
  const [first, ...others] = await Promise.all(origins.map((origin) => answerOf(agent, origin + path)));
  assert.ok(first);
  for (const other of others) {
    assert.equal(other.status, first.status, path);
    assert.ok(other.body.equals(first.body), path);
  }
  return first;
}

function answerOf(agent: Agent, url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(pieces) }));
      response.on('error', reject);
    }).on('error', reject);
  });
}
