export * from './address';
export * from './count';
export * from './decimal';
export * from './ratio';
export * from './time';
export * from './zone';
