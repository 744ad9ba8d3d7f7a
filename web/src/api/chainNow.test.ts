import { describe, expect, it } from 'vitest';
import { ChainClock } from './chainNow';

describe('the chain clock', () => {
  it('stands at the newest head until it knows a pace', () => {
    const clock = new ChainClock();
    expect(clock.now(0)).toBeNull();
    clock.beat(100, 0);
    expect(clock.now(5_000)).toBe(100);
  });

  it('runs at the pace of the chain and not of the wall', () => {
    const clock = new ChainClock();
    clock.beat(100, 0);
    clock.beat(160, 1_000);
    clock.beat(220, 2_000);
    expect(clock.now(2_500)).toBe(250);
  });

  it('runs no further ahead than from one block to the next', () => {
    const clock = new ChainClock();
    clock.beat(100, 0);
    clock.beat(112, 12_000);
    expect(clock.now(600_000)).toBe(124);
  });

  it('begins anew when the chain goes back', () => {
    const clock = new ChainClock();
    clock.beat(100, 0);
    clock.beat(200, 1_000);
    clock.beat(150, 2_000);
    expect(clock.now(2_500)).toBe(150);
  });
});
