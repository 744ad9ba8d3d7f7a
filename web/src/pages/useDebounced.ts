import { useEffect, useRef, useState } from 'react';

/** How long typing must rest before it is looked for, in milliseconds. */
const REST_MS = 200;

/** Text that is typed at once and handed on when typing rests; follows `settled` when that changes from outside. */
export function useDebounced(settled: string, settle: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(settled);
  const [known, setKnown] = useState(settled);
  const latest = useRef(settle);
  useEffect(() => {
    latest.current = settle;
  });
  if (settled !== known) {
    setKnown(settled);
    setText(settled);
  }
  useEffect(() => {
    if (text === known) return;
    const timer = setTimeout(() => latest.current(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text, known]);
  return [text, setText];
}
