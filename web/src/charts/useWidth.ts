import { useCallback, useState } from 'react';

/** Width of an element in CSS pixels, kept up to date; attach the returned function as its `ref`. */
export function useWidth(first: number): [number, (element: HTMLElement | null) => (() => void) | undefined] {
  const [width, setWidth] = useState(first);
  const attach = useCallback((element: HTMLElement | null) => {
    if (element === null) return undefined;
    const measure = () => {
      const next = Math.round(element.clientWidth);
      if (next > 0) setWidth(next);
    };
    measure();
    if (typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [width, attach];
}
