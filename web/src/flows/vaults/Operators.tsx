import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { bookAbi } from '../../contracts/abi/book';
import { Section } from '../../pages/token/Section';
import { sameAddress } from '../../format';
import { Field } from '../../ui';
import { operatorCall } from '../chain/book';
import { faultOf, parseAddress, valueOf, fault } from '../input';
import { OneCall } from './OneCall';
import type { VaultFlow } from './useVaultFlow';

/** Lets another account do everything with the owner's vaults, or no longer. */
export function Operators({ flow }: { flow: VaultFlow }): ReactNode {
  const [text, setText] = useState('');
  const access = flow.wallet.status === 'ready' ? flow.wallet.access : undefined;
  const typed = parseAddress(text);
  const known = valueOf(typed);
  const own = known !== undefined && access !== undefined && sameAddress(known, access.account);
  const address = own ? undefined : known;
  const allowed = useQuery({
    queryKey: ['chain-state', 'operator', flow.book, access?.account, address],
    enabled: access !== undefined && address !== undefined,
    queryFn: () => {
      if (access === undefined || address === undefined) throw new Error('No account is named.');
      return access.read.readContract({
        address: flow.book,
        abi: bookAbi,
        functionName: 'isOperator',
        args: [access.account, address],
      });
    },
  });
  const shown = own ? fault('is your own account, which may do everything already.') : typed;
  return (
    <Section
      id="operators"
      title="Operators"
      lead={`An operator may do everything with all your vaults of ${flow.synthetic.symbol}, also mint and take collateral out, to any address. Name only a contract or an account that you trust with all of it.`}
    >
      {() => (
        <div className="stack narrow">
          <Field label="Account" fault={faultOf(shown)}>
            {(control) => (
              <input
                {...control}
                autoComplete="off"
                spellCheck={false}
                placeholder="0x"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          {address === undefined || allowed.data === undefined ? null : (
            <OneCall
              label={allowed.data ? 'Take the permission back' : 'Make it an operator'}
              call={operatorCall(flow.book, address, !allowed.data)}
              units={flow.units}
            />
          )}
          {allowed.data === undefined ? null : (
            <p className="quiet small" role="status">
              {allowed.data ? 'It is an operator now.' : 'It is not an operator now.'}
            </p>
          )}
        </div>
      )}
    </Section>
  );
}
