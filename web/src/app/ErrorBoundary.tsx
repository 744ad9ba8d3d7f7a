import { Component, type ReactNode } from 'react';
import { ErrorState } from '../ui';

/** Keeps a failure in one part of the page from taking the rest with it. */
export class ErrorBoundary extends Component<
  { children: ReactNode; fallback?: (error: unknown) => ReactNode },
  { error: unknown }
> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    if (this.props.fallback !== undefined) return this.props.fallback(this.state.error);
    return <ErrorState error={this.state.error} onRetry={() => this.setState({ error: null })} />;
  }
}
