import type { LetterFacts, LetterFilter } from '#core';

/** Whether a letter is one of those asked for. */
export function matches(letter: LetterFacts, filter: LetterFilter): boolean {
  const {
    code,
    state,
    topic,
    device,
    fromMs = Number.NEGATIVE_INFINITY,
    toMs = Number.POSITIVE_INFINITY,
  } = filter;
  return (
    (code === undefined || letter.code === code) &&
    (state === undefined || letter.state === state) &&
    (topic === undefined || letter.topic.includes(topic)) &&
    (device === undefined || hasLevel(letter.topic, device)) &&
    letter.receivedAtMs >= fromMs &&
    letter.receivedAtMs < toMs
  );
}

function hasLevel(topic: string, level: string): boolean {
  const wanted = level.toLowerCase();
  return topic.split('/').some((one) => one.toLowerCase() === wanted);
}
