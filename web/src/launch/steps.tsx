import { useId, type ReactNode } from 'react';
import { Check } from '../flows/parts';
import { exactDecimal, sameAddress } from '../format';
import { Button, Notice, Segments } from '../ui';
import { MAX_ASSETS, MAX_RECIPIENTS, maxTermFeeBps } from './check';
import type { AssetDraft, RecipientDraft } from './draft';
import { Entry, FreeEntry, type StepProps } from './entries';

export function NameStep({ step }: { step: StepProps }): ReactNode {
  return (
    <>
      <Entry
        step={step}
        field="name"
        label="Name"
        placeholder="Harbour"
        hint="At most 31 bytes. It can never be changed."
      />
      <Entry
        step={step}
        field="symbol"
        label="Symbol"
        placeholder="HRB"
        hint="A few capital letters. It can never be changed."
      />
      <Entry
        step={step}
        field="supply"
        label="Supply"
        unit="tokens"
        numeric
        placeholder="1000000"
        hint="All tokens there will ever be. Nobody can mint more; burning makes them fewer."
      />
      <Entry
        step={step}
        field="owner"
        label="Owner"
        placeholder={step.sender ?? '0x…'}
        hint="Receives every token that does not go into the pool. Empty for the connected account."
      />
    </>
  );
}

function AssetEntry({
  step,
  index,
  one,
  list,
}: {
  step: StepProps;
  index: number;
  one: AssetDraft;
  list: string;
}): ReactNode {
  const info = step.info(one.address.toLowerCase());
  const asset = info !== null && typeof info !== 'string' ? info : undefined;
  const set = (change: Partial<AssetDraft>) =>
    step.set({ assets: step.draft.assets.map((old, at) => (at === index ? { ...old, ...change } : old)) });
  const least =
    asset === undefined ? undefined : exactDecimal(10n ** BigInt(Math.min(asset.decimals, 4)), asset.decimals);
  return (
    <div className="launch__group">
      <FreeEntry
        label={`Asset ${index + 1}`}
        text={one.address}
        onText={(address) => set({ address: address.trim() })}
        fault={step.faults[`assets.${index}.address`]}
        unit={asset?.symbol}
        placeholder="0x…"
        list={list}
        hint={
          index === 0
            ? 'An ERC-20 without a fee on transfer and without changing balances. The pool trades against this one.'
            : undefined
        }
      />
      <FreeEntry
        label={`Seed of asset ${index + 1}`}
        text={one.seed}
        onText={(seed) => set({ seed })}
        fault={step.faults[`assets.${index}.seed`]}
        unit={asset?.symbol}
        numeric
        placeholder="0"
        hint={
          least === undefined
            ? 'Enters the reserve at launch and stays there.'
            : `At least ${least} ${asset?.symbol ?? ''}. Enters the reserve at launch and stays there.`
        }
      />
      {step.draft.assets.length > 1 ? (
        <div>
          <Button small onClick={() => step.set({ assets: step.draft.assets.filter((_, at) => at !== index) })}>
            Remove asset {index + 1}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

export function ReserveStep({ step }: { step: StepProps }): ReactNode {
  const list = useId();
  const { draft, wrapped } = step;
  const hasNative =
    wrapped !== null && draft.assets.some((one) => one.address !== '' && sameAddress(one.address, wrapped));
  return (
    <>
      <datalist id={list}>
        {step.known.map((asset) => (
          <option key={asset.address} value={asset.address}>
            {`${asset.symbol}, ${asset.name}`}
          </option>
        ))}
      </datalist>
      {draft.assets.map((one, index) => (
        <AssetEntry key={index} step={step} index={index} one={one} list={list} />
      ))}
      <div className="launch__row">
        <Button
          disabled={draft.assets.length >= MAX_ASSETS}
          onClick={() => step.set({ assets: [...draft.assets, { address: '', seed: '' }] })}
        >
          Add an asset
        </Button>
        {wrapped !== null && !hasNative ? (
          <Button
            onClick={() => {
              const empty = draft.assets.findIndex((one) => one.address === '');
              step.set({
                assets:
                  empty === -1
                    ? [...draft.assets, { address: wrapped, seed: '' }]
                    : draft.assets.map((one, at) => (at === empty ? { ...one, address: wrapped } : one)),
              });
            }}
          >
            Use the native currency, wrapped
          </Button>
        ) : null}
      </div>
      {hasNative ? (
        <Check
          label="Pay for the wrapped native asset with native currency"
          hint="The launchpad wraps it; no approval is needed for it."
          checked={draft.native}
          onChange={(native) => step.set({ native })}
        />
      ) : null}
    </>
  );
}

function RecipientEntry({ step, index, one }: { step: StepProps; index: number; one: RecipientDraft }): ReactNode {
  const set = (change: Partial<RecipientDraft>) =>
    step.set({ recipients: step.draft.recipients.map((old, at) => (at === index ? { ...old, ...change } : old)) });
  return (
    <div className="launch__pair">
      <FreeEntry
        label={index === 0 ? 'Recipient 1, the creator' : `Recipient ${index + 1}`}
        text={one.account}
        onText={(account) => set({ account })}
        fault={step.faults[`recipients.${index}.account`]}
        placeholder="the owner"
      />
      <FreeEntry
        label={`Share of recipient ${index + 1}`}
        text={one.share}
        onText={(share) => set({ share })}
        fault={step.faults[`recipients.${index}.share`]}
        unit="%"
        numeric
      />
      <Button small onClick={() => step.set({ recipients: step.draft.recipients.filter((_, at) => at !== index) })}>
        Remove recipient {index + 1}
      </Button>
    </div>
  );
}

function SplitEntries({ step }: { step: StepProps }): ReactNode {
  const { draft, faults } = step;
  return (
    <fieldset className="choices">
      <legend>Where the fees go</legend>
      <div className="launch__pair">
        <Entry step={step} field="toReserve" label="Reserve" unit="%" numeric />
        <Entry step={step} field="toBurn" label="Burn" unit="%" numeric />
        <Entry
          step={step}
          field="toLiquidity"
          label="Liquidity"
          unit="%"
          numeric
          hint={draft.assets.length === 1 ? 'Minted to the lock.' : 'Needs exactly one backing asset.'}
        />
      </div>
      {draft.recipients.map((one, index) => (
        <RecipientEntry key={index} step={step} index={index} one={one} />
      ))}
      <div>
        <Button
          disabled={draft.recipients.length >= MAX_RECIPIENTS}
          onClick={() => step.set({ recipients: [...draft.recipients, { account: '', share: '' }] })}
        >
          Add a recipient
        </Button>
      </div>
      {faults['split'] === undefined ? null : (
        <p className="field__error" role="alert">
          Split: {faults['split'].message} Limit: {faults['split'].limit}.
        </p>
      )}
    </fieldset>
  );
}

export function TradingStep({ step }: { step: StepProps }): ReactNode {
  const { draft } = step;
  return (
    <>
      <Segments
        label="How trading feeds the reserve"
        options={[
          ['none', 'No fees on trading'],
          ['taxed', 'Fees on pool trades'],
        ]}
        selected={draft.taxed ? 'taxed' : 'none'}
        onSelect={(key) => step.set(key === 'taxed' ? { taxed: true, pooled: true } : { taxed: false })}
      />
      {!draft.taxed ? (
        <p className="quiet">
          The reserve then grows from loan fees, burns, defaults and donations only. This can never be changed.
        </p>
      ) : (
        <>
          <p className="quiet">
            A transfer to or from a registered pool pays the fee in tokens. A converter sells them by auction for the
            reserve's own assets. Transfers between wallets never pay.
          </p>
          <div className="launch__pair">
            <Entry step={step} field="buy" label="Buy fee" unit="%" numeric />
            <Entry step={step} field="maxBuy" label="Buy fee, maximum for ever" unit="%" numeric hint="At most 10 %." />
          </div>
          <div className="launch__pair">
            <Entry step={step} field="sell" label="Sell fee" unit="%" numeric />
            <Entry
              step={step}
              field="maxSell"
              label="Sell fee, maximum for ever"
              unit="%"
              numeric
              hint="At most 10 %."
            />
          </div>
          <Entry
            step={step}
            field="startMultiple"
            label="First price of the auction"
            unit="times the backing"
            numeric
            hint="1 to 1,048,576. It halves every ten minutes; set it above what the market pays at first."
          />
          <SplitEntries step={step} />
        </>
      )}
    </>
  );
}

export function TermsStep({ step }: { step: StepProps }): ReactNode {
  const { draft } = step;
  const ltv = Math.round(Number.parseFloat(draft.ltv) * 100);
  const most = Number.isFinite(ltv) && ltv > 0 ? maxTermFeeBps(ltv) / 100 : 10;
  return (
    <>
      <fieldset className="choices">
        <legend>Redemption</legend>
        <Check
          label="Holders may redeem tokens for their backing"
          hint="Fixed for ever. Without it the floor is only what can be borrowed against, not what a holder is paid."
          checked={draft.redeemable}
          onChange={(redeemable) => step.set({ redeemable })}
        />
        <Entry
          step={step}
          field="redeemFee"
          label="Redemption fee"
          unit="%"
          numeric
          hint="At most 10 %. It stays for the other holders."
        />
      </fieldset>
      <fieldset className="choices">
        <legend>Loans</legend>
        <div className="launch__pair">
          <Entry
            step={step}
            field="ltv"
            label="Lent against backing, at most"
            unit="%"
            numeric
            hint="At most 99 %, and 100 % less the redemption fee."
          />
          <Entry
            step={step}
            field="termFee"
            label="Fee for one term"
            unit="%"
            numeric
            hint={`At most ${most} % here.`}
          />
        </div>
        <div className="launch__pair">
          <Entry step={step} field="term" label="One term" hint="1 hour to 365 days." />
          <Entry step={step} field="grace" label="Grace after the deadline" hint="1 hour to 90 days." />
        </div>
      </fieldset>
      <fieldset className="choices">
        <legend>Stream and flash loans</legend>
        <div className="launch__pair">
          <Entry
            step={step}
            field="drip"
            label="Drip period"
            hint="1 hour to 30 days. What arrives in one period reaches the floor over the next."
          />
          <Entry step={step} field="flashFee" label="Flash loan fee" unit="%" numeric hint="At most 10 %." />
        </div>
      </fieldset>
    </>
  );
}

export function PoolStep({ step }: { step: StepProps }): ReactNode {
  const { draft, faults } = step;
  const info = step.info((draft.assets[0]?.address ?? '').toLowerCase());
  const asset = info !== null && typeof info !== 'string' ? info : undefined;
  return (
    <>
      <Check
        label="Open a pool at launch"
        hint="A Uniswap V2 pool of the token and the first asset."
        checked={draft.pooled}
        onChange={(pooled) => step.set({ pooled })}
      />
      {faults['pooled'] === undefined ? null : (
        <Notice kind="watch" title={`Pool: ${faults['pooled'].message}`} role="alert" />
      )}
      {!draft.pooled ? null : (
        <>
          <div className="launch__pair">
            <Entry
              step={step}
              field="poolTokens"
              label="Tokens in the pool"
              unit={draft.symbol || 'tokens'}
              numeric
              placeholder="0"
            />
            <Entry
              step={step}
              field="poolAssets"
              label="Assets in the pool"
              unit={asset?.symbol ?? 'asset 1'}
              numeric
              placeholder="0"
            />
          </div>
          <fieldset className="choices">
            <legend>Lock of the liquidity</legend>
            <Segments
              label="Lock of the liquidity"
              options={[
                ['for-ever', 'For ever'],
                ['time', 'For a time'],
              ]}
              selected={draft.lock}
              onSelect={(lock) => step.set({ lock })}
            />
            {draft.lock === 'time' ? (
              <Entry
                step={step}
                field="lockTime"
                label="Locked for"
                hint="The owner can make it longer, never shorter, and withdraw after it."
              />
            ) : (
              <p className="quiet">Nobody can ever withdraw it.</p>
            )}
          </fieldset>
        </>
      )}
    </>
  );
}

export function GuardianStep({ step }: { step: StepProps }): ReactNode {
  return (
    <>
      <Entry
        step={step}
        field="guardian"
        label="Guardian"
        placeholder="nobody"
        hint="May pause borrowing, flash loans and conversion for at most 7 days, then not for 7 days. Never redemption, repayment or extension. The owner can name another later."
      />
    </>
  );
}
