import { storeCases } from '../store.case.ts';
import { createMemoryStore } from './memory.ts';

storeCases('memory', async () => createMemoryStore());
