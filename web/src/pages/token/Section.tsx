import { useCallback, useState, type ReactNode } from 'react';
import { ErrorBoundary } from '../../app/ErrorBoundary';

/** How far below the window a part begins to read its data. */
const AHEAD = '400px';

function useNear(): [boolean, (element: HTMLElement | null) => (() => void) | undefined] {
  const [near, setNear] = useState(typeof IntersectionObserver === 'undefined');
  const attach = useCallback((element: HTMLElement | null) => {
    if (element === null || typeof IntersectionObserver === 'undefined') return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        setNear(true);
        observer.disconnect();
      },
      { rootMargin: AHEAD },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [near, attach];
}

/** A part of the page under its own address; it reads its data when it comes near the window. */
export function Section({
  id,
  title,
  lead,
  tools,
  children,
}: {
  id: string;
  title: string;
  lead?: ReactNode;
  tools?: ReactNode;
  children: (near: boolean) => ReactNode;
}): ReactNode {
  const [near, attach] = useNear();
  return (
    <section id={id} className="section" aria-labelledby={`${id}-title`} ref={attach}>
      <div className="section__head">
        <h2 id={`${id}-title`}>{title}</h2>
        {tools ? <div className="section__tools">{tools}</div> : null}
      </div>
      {lead ? <p className="section__lead">{lead}</p> : null}
      <ErrorBoundary>{children(near)}</ErrorBoundary>
    </section>
  );
}
